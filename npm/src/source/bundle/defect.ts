/** What is wrong with an archive, until its name is known. @internal */
export class Defect extends Error {}

/** The bytes of a name for a person. */
export function shown(name: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(name));
}
