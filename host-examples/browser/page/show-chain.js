// The chain of trust, drawn.

import { drawing, element } from "./element.js";
import { countdown, inWords } from "./time.js";

const DUTIES = {
  root: "says whose keys count",
  timestamp: "says which snapshot is the newest",
  snapshot: "says which versions belong together",
  targets: "says which files are the project's",
};

/**
 * The roles of the store, the one last that the refusal is about.
 *
 * @param {readonly import("./chain.js").Link[]} links
 * @param {{ readonly searched: readonly string[], readonly refused: string | undefined }} marks
 * @returns {HTMLElement}
 */
export function chainElement(links, marks) {
  const items = links.map((link) => item(link, DUTIES[link.role], marks));
  if (marks.refused !== undefined && ![...roles(links)].includes(marks.refused)) {
    items.push(missing(marks.refused));
  }
  if (items.length === 0) {
    items.push(element("li", { class: "link empty" }, element("p", {}, "Nothing is trusted yet.")));
  }
  return element("ol", { class: "chain" }, ...items);
}

/** The small picture of a key: the same keyid, the same picture. */
export function seal(keyid, signed) {
  const bits = BigInt(`0x${/^[0-9a-f]{8,}$/.test(keyid) ? keyid.slice(0, 8) : "5a5a5a5a"}`);
  const dots = [];
  for (let place = 0; place < 15; place += 1) {
    if ((bits >> BigInt(place)) & 1n) {
      const [column, row] = [place % 3, Math.floor(place / 3)];
      for (const x of new Set([column, 4 - column])) {
        dots.push(drawing("rect", { x: 5 + x * 2, y: 5 + row * 2, width: 2, height: 2 }));
      }
    }
  }
  const label = `key ${keyid.slice(0, 8)}, ${signed ? "signed" : "did not sign"}`;
  const ring = drawing("circle", { cx: 10, cy: 10, r: 9.25 });
  return drawing(
    "svg",
    { class: signed ? "seal signed" : "seal", viewBox: "0 0 20 20", role: "img", "aria-label": label },
    drawing("title", {}, label),
    ring,
    ...dots,
  );
}

function item(link, duty, marks) {
  const refused = marks.refused === link.role;
  const head = [element("h3", {}, link.role), element("p", { class: "version" }, `version ${link.version}`)];
  if (refused) {
    head.push(element("p", { class: "flag" }, "what was offered was refused"));
  }
  return element(
    "li",
    { class: refused ? "link refused" : "link", "data-role": link.role },
    element("div", { class: "head" }, ...head),
    element("p", { class: "duty" }, duty ?? speaksFor(link)),
    keys(link),
    expiry(link),
    delegations(link, marks),
  );
}

function keys(link) {
  const count = link.keyids.length;
  const words = `${link.threshold} of ${count} keys must sign; ${link.delegator} lists ${count === 1 ? "it" : "them"}`;
  const seals = link.keyids.map((keyid) => seal(keyid, link.signers.has(keyid)));
  return element("p", { class: "keys" }, element("span", { class: "seals" }, ...seals), element("span", {}, words));
}

function expiry({ expires }) {
  const iso = expires.toISOString();
  const clock = element("span", { class: "clock", "data-expires": iso }, countdown(expires));
  return element("p", { class: "expiry clocked" }, clock, element("time", { datetime: iso }, `until ${inWords(expires)}`));
}

function delegations(link, marks) {
  if (link.delegations.length === 0) {
    return undefined;
  }
  const items = link.delegations.map((delegation) => {
    const asked = marks.searched.includes(delegation.role);
    if (delegation.link === undefined) {
      return marks.refused === delegation.role ? missing(delegation.role, delegation) : unasked(delegation);
    }
    const made = item(delegation.link, undefined, marks);
    made.classList.toggle("dim", !asked);
    return made;
  });
  return element("ol", { class: "delegations", "aria-label": `roles that ${link.role} delegates to` }, ...items);
}

function unasked(delegation) {
  return element(
    "li",
    { class: "link dim", "data-role": delegation.role },
    element("div", { class: "head" }, element("h3", {}, delegation.role)),
    element("p", { class: "duty" }, speaksFor(delegation)),
    element("p", { class: "expiry" }, "never asked: the store has nothing of it"),
  );
}

function missing(role, delegation) {
  return element(
    "li",
    { class: "link refused", "data-role": role },
    element(
      "div",
      { class: "head" },
      element("h3", {}, role),
      element("p", { class: "flag" }, "refused: nothing of it is trusted"),
    ),
    element("p", { class: "duty" }, delegation === undefined ? DUTIES[role] : speaksFor(delegation)),
  );
}

function speaksFor({ patterns, terminating }) {
  const words = patterns.flatMap((pattern, place) => [place === 0 ? "" : ", ", element("code", {}, pattern)]);
  return element("span", {}, "may speak for ", ...words, terminating ? "; nobody is asked after it" : "");
}

function* roles(links) {
  for (const link of links) {
    yield link.role;
    for (const delegation of link.delegations) {
      yield delegation.role;
      yield* roles(delegation.link === undefined ? [] : [delegation.link]);
    }
  }
}
