/** Coarsest resolution of a file's time of modification, in milliseconds: on some file systems 2 seconds. */
export const SETTLED_MS = 2000;
