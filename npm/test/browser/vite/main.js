// Verifies a target of the repository in `public/` with both builds of the core, and says so.

import * as component from "tuf-verifier";
import * as web from "tuf-verifier/web";

const base = (folder) => new URL(`/honest/${folder}/`, location.href).href;
const root = await fetch("/trusted-root.json");
const options = {
  trustedRoot: new Uint8Array(await root.arrayBuffer()),
  metadataBaseUrl: base("metadata"),
  targetBaseUrl: base("targets"),
};
const outcomes = [];
for (const { Updater, verifierDigest } of [component, web]) {
  const updater = new Updater(options);
  const target = await updater.getTargetInfo("install.sh");
  const bytes = await updater.readTarget(target);
  outcomes.push(`${bytes.length} bytes verified by ${verifierDigest}`);
}
document.getElementById("outcome").textContent = outcomes.join("; ");
