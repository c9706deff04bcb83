/** What the operating system reports, as errors of a store. */

import { StoreError } from "../../errors.js";
import { lockHolder } from "../lock/holder.js";
import { LockProgramMissing } from "../lock/program.js";
import { codeOf } from "../replace.js";

/** The store could not be opened or locked. */
export function unusable(path: string, cause: unknown): StoreError {
  let advice = "make this a folder that you may write to, on a file system with file locks, or choose another";
  if (isReadOnly(cause)) {
    advice = READ_ONLY;
  } else if (cause instanceof LockProgramMissing) {
    advice =
      "install the program `flock` (util-linux, BusyBox) in the system, or, where no other process uses this folder, " +
      'choose `lock: "process"`';
  }
  return new StoreError(`cannot open the trusted store ${path}`, "store-unusable", path, { cause, advice });
}

/** Another process or task held the lock for too long: milliseconds. */
export function busy(path: string, waited: number): StoreError {
  const holder = lockHolder(path);
  const by = holder === undefined ? "" : ` by ${holder}`;
  const message = `the trusted store is in use: ${path} was locked for ${waited / 1000} seconds${by}`;
  return new StoreError(message, "store-busy", path, {
    advice: "wait for the other update to end, or end it, then try again",
  });
}

/** A folder holds something else, which a store would overwrite. */
export function foreignFolder(path: string, evidence: string): StoreError {
  const message = `${path} is not empty and is no trusted store: ${evidence}`;
  return new StoreError(message, "store-foreign-folder", path, {
    advice: "choose a folder that is empty or does not exist yet: a store replaces files such as root.json",
  });
}

/** A file could not be read. */
export function unreadable(path: string, cause: unknown): StoreError {
  return new StoreError(`cannot read ${path}`, "store-unreadable", path, {
    cause,
    advice: "make this a file that you may read, or delete it: what is deleted is fetched again",
  });
}

/** A file could not be written or deleted. */
export function unwritable(path: string, cause: unknown): StoreError {
  const advice = isReadOnly(cause)
    ? READ_ONLY
    : "make room on the disk and let yourself write there, or choose another folder";
  return new StoreError(`cannot write ${path}`, "store-unwritable", path, { cause, advice });
}

/** A file is longer than the store allows: bytes. */
export function tooLong(path: string, limit: number): StoreError {
  return new StoreError(`${path} is longer than ${limit} bytes`, "store-file-too-long", path, {
    advice: "delete the file: it is fetched again",
  });
}

const READ_ONLY =
  "let yourself write there, choose another folder, or read the store without changing it (`FolderStore.readOnly`)";

function isReadOnly(cause: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes(codeOf(cause) ?? "");
}
