/** Closes a `switch` over a union: the compiler refuses a forgotten member, and at run time an alien one throws. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value: ${JSON.stringify(value)}`);
}
