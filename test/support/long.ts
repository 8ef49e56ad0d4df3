/** How often tests repeat something: a few times in `npm test`, for some minutes in `npm run test:long`. */
export const isLong: boolean = process.env.DLLOGGER_LONG === '1';

export const times = (short: number, long: number): number => (isLong ? long : short);

/** Options of tests of what both implementations share: `npm test` runs them over the native one alone. */
export const SHARED: { readonly skip: string | false } = {
  skip:
    process.env.DLLOGGER_NATIVE === '0' && !isLong
      ? 'shared by both implementations: npm run test:long runs it over each'
      : false,
};
