// The page: what its visitor presses, and what is shown.

import { BrowserStore, loadVerifier, MemoryStore } from "./package/dist/browser.js";
import { readChain } from "./chain.js";
import { element } from "./element.js";
import { groups, paths } from "./mirrors.js";
import { chainElement } from "./show-chain.js";
import { transcriptElement } from "./show-transcript.js";
import { inOneSentence, refusedRole, verdictElement } from "./show-verdict.js";
import { startClocks } from "./time.js";
import { copied, visit } from "./visit.js";

const byId = (id) => document.getElementById(id);

/** What this client has seen. It stays when the page is closed. */
const store = new BrowserStore("lantern");
let trustedRoot;
/** Visits take turns: one is shown at a time. */
let last = Promise.resolve();

async function start() {
  const [verifier, response] = await Promise.all([loadVerifier(), fetch("trusted-root.json")]);
  trustedRoot = new Uint8Array(await response.arrayBuffer());
  byId("digest").textContent = verifier.digest;
  byId("path").append(...paths.map((path) => element("option", { value: path }, path)));
  byId("mirrors").append(...groups.flatMap(group));
  byId("forget").addEventListener("click", forget);
  startClocks();
  await ask(groups[0].mirrors[0]);
}

function group({ title, mirrors }) {
  const buttons = mirrors.map((mirror) => {
    const story = element("span", { class: "story" }, mirror.story);
    const name = element("span", { class: "name" }, mirror.title);
    const button = element("button", { type: "button", "data-mirror": mirror.name, "aria-pressed": "false" }, name, story);
    button.addEventListener("click", () => void ask(mirror));
    return element("li", {}, button);
  });
  const id = `group-${title.toLowerCase().replaceAll(" ", "-")}`;
  return [element("h3", { id }, title), element("ul", { "aria-labelledby": id }, ...buttons)];
}

/** Visits a mirror and shows what came of it. */
function ask(mirror) {
  last = last.then(() => meet(mirror)).catch(showDefect);
  return last;
}

async function meet(mirror) {
  byId("path").value = mirror.path ?? byId("path").value;
  for (const button of document.querySelectorAll("button[data-mirror]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mirror === mirror.name));
  }
  byId("result").setAttribute("aria-busy", "true");
  const client = await clientFor(mirror);
  show(await visit({ mirror, path: byId("path").value, store: client, trustedRoot }));
}

/** The honest mirror is asked by the client itself, every other one by a copy of it, so that they can be tried in any order. */
async function clientFor(mirror) {
  if (byId("newcomer").checked) {
    return new MemoryStore();
  }
  return mirror.name === "honest" ? store : copied(store);
}

function show(outcome) {
  const marks = { searched: outcome.searched, refused: outcome.kind === "refused" ? refusedRole(outcome) : undefined };
  byId("verdict").replaceChildren(verdictElement(outcome));
  byId("chain").replaceChildren(chainElement(outcome.after, marks));
  byId("transcript").replaceChildren(transcriptElement(outcome.progress));
  finish(outcome.mirror.name, inOneSentence(outcome));
}

/** Forgets what was seen; visits under way come first. */
function forget() {
  last = last.then(forgetAll).catch(showDefect);
}

async function forgetAll() {
  const guard = await store.lock(() => undefined);
  try {
    await store.clear();
  } finally {
    await guard.release();
  }
  const words = "This client has forgotten all that it had seen.";
  byId("chain").replaceChildren(chainElement(await readChain(store), { searched: [], refused: undefined }));
  byId("verdict").replaceChildren(element("p", { class: "verdict" }, words));
  byId("transcript").replaceChildren();
  finish("", words);
}

/** Whatever is wrong with the page itself. */
function showDefect(error) {
  const words = `The page does not work: ${error.message}`;
  byId("verdict").replaceChildren(element("p", { class: "verdict no-verdict" }, words));
  finish("", words);
}

/** Tells everybody who waits that the result is of this mirror, and who listens what it is. */
function finish(mirror, words) {
  const result = byId("result");
  result.dataset.mirror = mirror;
  result.setAttribute("aria-busy", "false");
  byId("status").textContent = words;
  // Below the mirrors, in a narrow window, nobody would see it.
  if (byId("mirrors").contains(document.activeElement) && result.offsetTop > window.innerHeight / 2) {
    result.scrollIntoView();
  }
}

start().catch(showDefect);
