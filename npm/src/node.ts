/** The package under Node. */

export * from "./exports.js";
export { verifierDigest } from "./component.js";
export { loadVerifier } from "./node/load.js";
