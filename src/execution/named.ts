/** What a factory makes, under its source's class name: with `new` or without. */
export interface Named<T, A extends readonly unknown[]> {
  new (...options: A): T;
  (...options: A): T;
}

/** A factory that may be called with `new`, as its source's class was. */
export function named<T, A extends readonly unknown[]>(make: (...options: A) => T): Named<T, A> {
  // biome-ignore lint/complexity/useArrowFunction: an arrow function cannot be called with new
  return function (...options: A): T {
    return make(...options);
  } as unknown as Named<T, A>;
}
