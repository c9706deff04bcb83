/** Names in the archive of a bundle. */

import { isPlain, namesInFolder } from "../name.js";
import { Defect, shown } from "./defect.js";

/** The folders of a bundle. */
export type Folder = "metadata" | "targets";

/** The names that the file `name` of a repository may have in the archive: those that it may have in a published folder. */
export function namesInArchive(folder: Folder, name: string): readonly string[] {
  return namesInFolder(name).map((name) => `${folder}/${name}`);
}

/**
 * The name of a file in the archive as it is kept: without `./` at its beginning.
 *
 * @throws {Defect} that says what is wrong with it.
 */
export function nameOfEntry(bytes: Uint8Array): string {
  let name: string;
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Defect(`${shown(bytes)}: its name is no UTF-8`);
  }
  if (name.startsWith("./")) {
    name = name.slice(2);
  }
  if (bytes.length > LONGEST) {
    throw new Defect(`${shown(bytes)}: its name is too long`);
  }
  if (!isPlain(name)) {
    throw new Defect(`${shown(bytes)}: its name could lead elsewhere`);
  }
  if (!/^(?:metadata|targets)\//.test(name)) {
    throw new Defect(`${shown(bytes)}: it is beneath neither metadata/ nor targets/`);
  }
  return name;
}

/** Bytes of a name in the archive. */
const LONGEST = 4096;
