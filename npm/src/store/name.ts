/** Names of files in a trusted store. */

import { StoreError } from "../errors.js";

/** The folders of a store. */
export const storeFolders = ["root_history", "rotate", "floors"] as const;

/** A folder of a store. */
export type StoreFolder = (typeof storeFolders)[number];

/**
 * A name that was checked: `<role>.json` with the role percent-encoded, `root_history/<version>.root.json`,
 * `rotate/<role>.rotate.<version>`, `floors/root`, `floors/timestamp`, `floors/snapshot` or `refreshed`.
 */
export interface StoreName {
  /** The folder below the store's own in which the file is, if any. */
  readonly folder: StoreFolder | undefined;
  /** Name in that folder: ASCII. */
  readonly name: string;
}

/**
 * Takes the name of a file of a trusted store apart.
 *
 * @throws {StoreError} `store-name` where no file of a store has it.
 */
export function parseStoreName(name: string): StoreName {
  const folder = storeFolders.find((folder) => name.startsWith(`${folder}/`));
  const parsed = { folder, name: folder === undefined ? name : name.slice(folder.length + 1) };
  if (!isValid(parsed)) {
    throw new StoreError(`${JSON.stringify(name)} is no name of a file of the trusted store`, "store-name", name, {
      advice: "report this: it is a defect of the program that uses the store",
    });
  }
  return parsed;
}

/** Unreserved characters and complete escapes: what percent-encoding a whole name gives. */
const ROLE = "(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*";
const VERSION = "[1-9][0-9]{0,19}";

const AT_THE_TOP = new RegExp(`^(?:refreshed|${ROLE}\\.json)$`);
const IN_FOLDER: Readonly<Record<StoreFolder, RegExp>> = {
  root_history: new RegExp(`^${VERSION}\\.root\\.json$`),
  rotate: new RegExp(`^${ROLE}\\.rotate\\.${VERSION}$`),
  floors: /^(?:root|timestamp|snapshot)$/,
};

function isValid({ folder, name }: StoreName): boolean {
  return (folder === undefined ? AT_THE_TOP : IN_FOLDER[folder]).test(name);
}
