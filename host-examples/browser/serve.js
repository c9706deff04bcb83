// The demonstration page, served on the loopback interface.
//
// Usage: node serve.js [--worlds FOLDER] [--port PORT]
//
// FOLDER is what `page_worlds` wrote, `target/page` where none is given; `cargo xtask page` writes it and starts this program.
// PORT is one that the system chooses where none is given. The URL is the first line on standard output.

import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { startSite } from "./server/site.js";

const { values } = parseArgs({
  options: {
    worlds: { type: "string", default: path.join(import.meta.dirname, "../../target/page") },
    port: { type: "string", default: "0" },
  },
});
const needed = {
  "the mirrors": path.join(values.worlds, "trusted-root.json"),
  "the npm package": path.join(import.meta.dirname, "../../npm/dist/browser.js"),
};
for (const [what, file] of Object.entries(needed)) {
  if (!existsSync(file)) {
    console.error(`error: ${what} are not there (${file}): run \`cargo xtask page\``);
    process.exit(1);
  }
}
const site = await startSite({ worlds: values.worlds, port: Number(values.port) });
console.log(site.url);
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => site.close());
}
