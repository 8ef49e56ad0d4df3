/** Where the literal that stands at `start` ends; -1 where it does not stand there. */
export function after(bytes: Buffer, start: number, literal: Buffer): number {
  if (start < 0) return -1;
  for (let i = 0; i < literal.length; i++) {
    if (bytes[start + i] !== literal[i]) return -1;
  }
  return start + literal.length;
}
