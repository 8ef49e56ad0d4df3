export { printable } from '../base/escape.js';
