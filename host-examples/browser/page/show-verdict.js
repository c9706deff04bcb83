// The verdict, its facts, and what was kept.

import { Missing, Refusal, Unsupported } from "./package/dist/browser.js";
import { versions, wayTo } from "./chain.js";
import { element } from "./element.js";
import { inWords } from "./time.js";

const STAMPS = { verified: "Verified", "not-found": "Not listed", refused: "Refused", "no-verdict": "No verdict" };

/**
 * What came of a visit, for a person.
 *
 * @param {import("./visit.js").Outcome} outcome
 * @returns {HTMLElement}
 */
export function verdictElement(outcome) {
  return element(
    "div",
    { class: `verdict ${outcome.kind}`, "data-kind": outcome.kind },
    element("p", { class: "stamp" }, STAMPS[outcome.kind]),
    element("h2", {}, title(outcome)),
    ...sentences(outcome),
    ...details(outcome),
  );
}

/** What came of a visit, for whoever listens to the page. */
export function inOneSentence(outcome) {
  return `${outcome.mirror.title}: ${STAMPS[outcome.kind]}. ${outcome.error?.message ?? title(outcome)}`;
}

/** The role that a refusal is about, if it is about one. */
export function refusedRole({ error }) {
  const file = error?.file ?? error?.attack?.val.name;
  const role = error?.attack?.val.role ?? /^(?:\d+\.)?(.+)\.json$/.exec(file ?? "")?.[1];
  return role === undefined ? undefined : decodeURIComponent(role);
}

function title({ kind, path, error }) {
  switch (kind) {
    case "verified":
      return "These are the project's bytes.";
    case "not-found":
      return "There is no such target.";
    case "refused":
      return refusal(error);
    default:
      return `Nothing is known of ${path}.`;
  }
}

function refusal(error) {
  if (error instanceof Refusal) {
    return `An attack was stopped: ${error.code}.`;
  }
  if (error instanceof Unsupported) {
    return "This verifier cannot judge it. No attack was seen, and nothing was accepted.";
  }
  return error instanceof Missing ? "A file is not where it must be." : "This is no metadata.";
}

function sentences(outcome) {
  const { kind, error, target, path } = outcome;
  switch (kind) {
    case "verified":
      return [sentence(target.path, `has the ${target.length} bytes that ${target.role} lists.`)];
    case "not-found":
      return [
        sentence(path, `is listed by no role that may speak for it (${outcome.reason.code}).`),
        element("p", {}, "That is an answer, truly signed. It is no attack, and no failure."),
      ];
    case "refused":
      return [element("p", { class: "sentence" }, error.message)];
    default:
      return [
        element("p", { class: "sentence" }, error.message),
        element("p", {}, "This is not a verdict: nothing was accepted, and nothing is held against the repository."),
      ];
  }
}

function sentence(path, words) {
  return element("p", {}, element("code", {}, path), ` ${words}`);
}

function details(outcome) {
  const { error, target } = outcome;
  const parts = [];
  if (error !== undefined) {
    parts.push(section("Facts", facts({ code: error.code, ...attack(error) })));
  }
  if (target !== undefined && error === undefined) {
    const hashes = Object.entries(target.hashes).map(([name, digest]) => [name, digest]);
    parts.push(section("How it was found", way(outcome)));
    parts.push(section("Listed", facts(Object.fromEntries([["bytes", target.length], ...hashes]))));
  }
  if (outcome.report !== undefined && error === undefined) {
    parts.push(section("Waived", waived(outcome)));
  }
  if (error !== undefined) {
    parts.push(section("What the client keeps", kept(outcome)));
  }
  return parts;
}

function section(title, content) {
  return element("section", { class: "detail" }, element("h3", {}, title), content);
}

/** The typed facts of an error. */
function attack(error) {
  const { file, place, location, status } = error;
  return error.attack?.val ?? { file, place, location, status };
}

function facts(entries) {
  const rows = Object.entries(entries).filter(([, value]) => value !== undefined);
  return element("dl", { class: "facts" }, ...rows.flatMap(([name, value]) => fact(name, value)));
}

function fact(name, value) {
  if (typeof value === "object") {
    const { tag, val } = value;
    const inner = typeof val === "object" ? Object.entries(val).map(([word, number]) => `${word} ${number}`) : [val ?? ""];
    return fact(name, `${tag}: ${inner.join(", ")}`);
  }
  const isTime = name === "expires" || name === "now";
  const text = isTime ? inWords(new Date(Number(value) * 1000)) : String(value);
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return [element("dt", {}, words), element("dd", {}, text)];
}

/** The roles from `targets` to the one that lists the target, each with the patterns that led to it. */
function way({ after, target, searched }) {
  const steps = wayTo(after, target.role).map(({ role, patterns }) =>
    element("li", {}, element("strong", {}, role), " by ", element("code", {}, patterns.join(", "))),
  );
  const path = element("ol", { class: "way" }, element("li", {}, element("strong", {}, "targets")), ...steps);
  const others = searched.filter((role) => !wayTo(after, target.role).some((step) => step.role === role));
  const also = others.length === 0 ? undefined : element("p", {}, `Also asked: ${others.join(", ")}.`);
  return element("div", {}, path, also);
}

function waived({ report, target }) {
  const all = [...report.waived, ...(target?.waived ?? [])];
  if (all.length === 0) {
    return element("p", {}, "Nothing: every check was made as the specification demands.");
  }
  return element("ul", {}, ...all.map(({ code, message }) => element("li", {}, element("code", {}, code), ` ${message}`)));
}

/** The versions of the store before and after. */
function kept({ before, after }) {
  const [old, now] = [versions(before), versions(after)];
  const roles = [...new Set([...old.keys(), ...now.keys()])];
  if (roles.length === 0) {
    return element("p", {}, "Its trusted root. It had seen nothing else, and has accepted nothing.");
  }
  const moved = roles.filter((role) => old.get(role) !== now.get(role));
  const were = moved.length === 1 ? "was" : "were";
  const words =
    moved.length === 0
      ? "All that it trusted before, and nothing else."
      : `${moved.join(", ")} ${were} rightly signed and moved on. No byte of a target was accepted.`;
  const row = (role) =>
    element(
      "tr",
      { class: moved.includes(role) ? "moved" : "" },
      element("th", { scope: "row" }, role),
      element("td", {}, String(old.get(role) ?? "–")),
      element("td", {}, String(now.get(role) ?? "–")),
    );
  const heads = ["role", "before", "after"].map((word) => element("th", { scope: "col" }, word));
  const head = element("thead", {}, element("tr", {}, ...heads));
  const table = element("table", {}, head, element("tbody", {}, ...roles.map(row)));
  return element("div", {}, element("p", {}, words), table);
}
