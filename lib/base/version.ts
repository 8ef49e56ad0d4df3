/** The package's version: a binary of another one is not used. */
export const version = '0.1.0';
