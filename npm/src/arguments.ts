/** Arguments of the wrong type are an error: the module's calling code would take some of them for something else. */

/** @throws {TypeError} for anything but a `Uint8Array`. */
export function bytes(name: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) {
    return value;
  }
  throw new TypeError(`${name} is a Uint8Array`);
}

/** @throws {TypeError} for anything but a string that UTF-8 can write: one with a lone surrogate would become another one. */
export function text(name: string, value: unknown): string {
  if (typeof value !== "string") {
    throw new TypeError(`${name} is a string`);
  }
  if (!/^[^\p{Surrogate}]*$/u.test(value)) {
    throw new TypeError(`${name} has a lone surrogate`);
  }
  return value;
}

/** Seconds since 1970 of a time, without its fraction. @throws {TypeError} for anything but a valid `Date`. */
export function seconds(name: string, value: unknown): bigint {
  if (value instanceof Date && !Number.isNaN(value.getTime())) {
    return BigInt(Math.floor(value.getTime() / 1000));
  }
  throw new TypeError(`${name} is a valid Date`);
}

/**
 * Looks whether every option is known: one that is silently ignored could be the one that mattered.
 *
 * @throws {TypeError} for one that is not.
 */
export function checkNames(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      const advice = name === "fetcher" ? ": give fetch, or sources" : "";
      throw new TypeError(`there is no option ${name}${advice}`);
    }
  }
}
