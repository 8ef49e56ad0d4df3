/** How often a test repeats something: seldom in `npm test`, as often as is worth minutes in `npm run test:long`. */
export const isLong: boolean = process.env.DLLOGGER_LONG === '1';

export const times = (short: number, long: number): number => (isLong ? long : short);
