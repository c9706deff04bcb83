// What was asked and answered during a visit.

import { element } from "./element.js";

/**
 * The steps of a visit, in order.
 *
 * @param {readonly object[]} progress
 * @returns {HTMLElement}
 */
export function transcriptElement(progress) {
  const rows = progress.filter(isWorthALine).map((event) => element("li", { class: event.tag }, inWords(event)));
  return element("ol", { class: "transcript" }, ...rows);
}

/** Of the bytes of a target only the last ones, and of a request only its answer. */
function isWorthALine({ tag, received, length }) {
  return tag !== "fetching" && (tag !== "target-bytes" || received === length);
}

function inWords(event) {
  switch (event.tag) {
    case "waiting-for-lock":
      return "another tab is refreshing: waiting for it";
    case "fetched":
      return `${event.name}: ${event.bytes} bytes received`;
    case "absent":
      return `${event.name}: there is no such file`;
    case "verified":
      return `${event.name}: accepted`;
    case "failed":
      return `${event.name}: ${event.code}`;
    case "target-bytes":
      return `${event.path}: ${event.received} bytes received`;
    default:
      return event.tag;
  }
}
