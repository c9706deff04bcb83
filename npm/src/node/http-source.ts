/** A repository behind HTTP, under Node. */

import { HttpSource as CommonSource, type HttpOptions } from "../source/http.js";
import { throughNode } from "./http-transport.js";

/** {@inheritDoc CommonSource} */
export class HttpSource extends CommonSource {
  /**
   * A source that reads metadata and targets beneath these two base URLs. A user name and password in a base URL are sent to its
   * origin alone, as Basic authentication, and without TLS to this machine alone.
   *
   * @throws {SourceError} `source-unusable`: a base URL, origin or user agent that cannot work, or credentials that would cross a
   * network without TLS.
   * @throws {TypeError} for an option that is not known.
   * @throws {RangeError} for a number that is negative.
   */
  constructor(metadataBaseUrl: string, targetsBaseUrl: string, options: HttpOptions = {}) {
    super(metadataBaseUrl, targetsBaseUrl, options, throughNode);
  }
}
