/** Names of files beneath a base URL or folder. */

import { SourceError } from "../errors.js";

/**
 * Accepts a percent-encoded relative path that stays beneath its base however a URL library reads it: no empty, `.` or `..`
 * segment, written out or encoded, and none but the characters of a URL path.
 *
 * An encoded slash stays inside of its segment, as in `..%2Frole.json` for a role named `../role`.
 *
 * @throws {SourceError} `source-name`.
 */
export function checkName(name: string): void {
  const reason = defect(name);
  if (reason !== undefined) {
    throw refusedName(name, reason);
  }
}

/** A name that is refused. */
export function refusedName(name: string, reason: string): SourceError {
  return new SourceError(`the file name ${JSON.stringify(name)} is refused: ${reason}`, "source-name", {
    advice: "tell the maintainers of the repository: their metadata asks for this name",
  });
}

/**
 * The relative paths at which a published folder may have the file of this name, which was checked: with its percent escapes
 * decoded, as a web server looks it up, where that is a plain relative path; and as it is.
 */
export function namesInFolder(name: string): readonly string[] {
  const decoded = decodedName(name);
  return decoded !== undefined && isPlain(decoded) ? [decoded, name] : [name];
}

/** Whether a path has nothing but names in it. */
export function isPlain(path: string): boolean {
  return path.split("/").every((segment) => !["", ".", ".."].includes(segment)) && !/[\0\\]/.test(path);
}

/** None where the escapes are not UTF-8. */
function decodedName(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

function defect(name: string): string | undefined {
  // RFC 3986: `pchar`, `/`, and the `%` of an escape.
  if (!/^[A-Za-z0-9._~!$&'()*+,;=:@/%-]*$/.test(name)) {
    return "it has a character that must be percent-encoded, or that no URL path has";
  }
  if (/%(?![0-9A-Fa-f]{2})/.test(name)) {
    return "it has a % that two hexadecimal digits do not follow";
  }
  for (const segment of name.split("/")) {
    if (segment === "") {
      return "it has an empty segment";
    }
    if (/^(?:\.|%2e){1,2}$/i.test(segment)) {
      return "it has a segment that leads elsewhere";
    }
  }
  return undefined;
}
