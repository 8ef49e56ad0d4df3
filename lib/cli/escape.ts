export { printable } from '../escape.js';
