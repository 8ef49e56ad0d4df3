/** How often tests repeat something: a few times in `npm test`, for some minutes in `npm run test:long`. */
export const isLong: boolean = process.env.DLLOGGER_LONG === '1';

export const times = (short: number, long: number): number => (isLong ? long : short);
