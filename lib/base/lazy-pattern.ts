/**
 * A pattern that is made when it is first used. For properties of Unicode (`\p{...}`): the engine looks these up
 * while it loads a program, which costs every program that imports the logger a millisecond.
 */
export function lazyPattern(source: string, flags: string): () => RegExp {
  let pattern: RegExp | undefined;
  return () => {
    pattern ??= new RegExp(source, flags);
    return pattern;
  };
}
