// Verifies a target of the repository in `public/`, and says so.

import { Updater, verifierDigest } from "tuf-verifier";

const base = (folder) => new URL(`/honest/${folder}/`, location.href).href;
const root = await fetch("/trusted-root.json");
const updater = new Updater({
  trustedRoot: new Uint8Array(await root.arrayBuffer()),
  metadataBaseUrl: base("metadata"),
  targetBaseUrl: base("targets"),
});
const target = await updater.getTargetInfo("install.sh");
const bytes = await updater.readTarget(target);
document.getElementById("outcome").textContent = `${bytes.length} bytes verified by ${verifierDigest}`;
