/** The package's version. Binaries of other versions are not used. */
export const version = '0.1.0';
