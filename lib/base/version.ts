/** The package's version: a binary of another version is not used. */
export const version = '0.1.0';
