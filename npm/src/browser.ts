/** The package in browsers. */

export * from "./exports.js";
export { verifierDigest } from "./component.js";
export { loadVerifier } from "./browser/load.js";
