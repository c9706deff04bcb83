/** What is going on, for a person who waits. Nothing here is a verdict. */

import type { Code } from "../codes.js";

/** What is going on. `mirror` is its location, or `mirror` and its number; names are relative to the base URLs. */
export type Progress =
  /** Another process or task is refreshing the same store. */
  | { readonly tag: "waiting-for-lock" }
  /** A metadata file is being fetched. */
  | { readonly tag: "fetching"; readonly mirror: string; readonly name: string }
  /** A metadata file was fetched. It has not been verified. */
  | { readonly tag: "fetched"; readonly mirror: string; readonly name: string; readonly bytes: number }
  /** The repository has no such metadata file. */
  | { readonly tag: "absent"; readonly mirror: string; readonly name: string }
  /** The fetched metadata file was accepted. */
  | { readonly tag: "verified"; readonly mirror: string; readonly name: string }
  /** A mirror did not serve a file (a metadata file or a target path), or what it served was not accepted. The next one is
   * asked, if there is one. */
  | {
      readonly tag: "failed";
      readonly mirror: string;
      readonly name: string;
      readonly code: Code;
      readonly reason: string;
    }
  /** A target is received behind the bytes that are there already. */
  | { readonly tag: "resuming"; readonly mirror: string; readonly path: string; readonly offset: number }
  /** More bytes of a target were received. They have not been verified. */
  | {
      readonly tag: "target-bytes";
      readonly mirror: string;
      readonly path: string;
      readonly received: number;
      readonly length: number;
    };
