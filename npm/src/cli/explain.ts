/** `tuf-verifier explain`: shows how a target is found, and what that rests on. */

import type { TargetFile } from "../target-file.js";
import { type Command, configOf, operands } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { found, targetFacts } from "./found.js";
import { openRepository } from "./repository.js";
import { type RoleTrust, TrustChain } from "./trust-chain.js";
import { isForm } from "./waivers.js";

/** Prints the target, the delegations by which it was found, and the top-level roles. */
export const explain: Command = async (context) => {
  const { shell, surroundings } = context;
  const [path = ""] = operands(context, "PATH");
  const repository = await openRepository(await configOf(context), shell, surroundings.signal);
  const target = await found(repository, path, surroundings.signal);
  const chain = new TrustChain(repository.metadata);
  const delegations = chain.pathTo(target.role);
  const topLevel = chain.topLevel();
  shell.emit("tuf-explained", { ...targetFacts(target), delegations, roles: topLevel });
  describe(target).forEach((line) => shell.result(line));
  shell.result(`  found by`);
  [...topLevel.filter(({ role }) => role === "targets"), ...delegations].forEach((role) => shell.result(inWords(role)));
  shell.result(`  and trusted under`);
  topLevel.filter(({ role }) => role !== "targets").forEach((role) => shell.result(inWords(role)));
  for (const waiver of [...repository.report.waived, ...target.waived]) {
    shell.result(`  ${isForm(waiver) ? "note" : "waived"}: ${waiver.message}`);
  }
  return ExitStatus.success;
};

function describe(target: TargetFile): readonly string[] {
  const hashes = Object.entries(target.hashes).map(([algorithm, digest]) => `  ${algorithm} ${digest}`);
  const custom = target.customText === undefined ? [] : [`  custom ${target.customText}`];
  return [target.path, `  ${target.length} bytes`, ...hashes, ...custom];
}

function inWords({ role, delegator, threshold, keys, scope, terminating, version, expires }: RoleTrust): string {
  const signers = keys.map(({ keyid, scheme }) => `${scheme} ${keyid.slice(0, 8)}`).join(", ");
  const parts = [
    `${role}${version === undefined ? "" : ` version ${version}, expires ${expires}`}`,
    `${threshold} of ${keys.length} ${keys.length === 1 ? "key" : "keys"} (${signers}) of ${delegator}`,
    ...(scope === undefined ? [] : [scope]),
    ...(terminating === true ? ["terminating"] : []),
  ];
  return `    ${parts.join("; ")}`;
}
