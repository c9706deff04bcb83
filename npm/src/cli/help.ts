/** What `--help` prints. */

import type { CommandName } from "./arguments.js";

const REPOSITORY = `Repository (also in your own settings, tuf-verifier/config.json, or else in tuf-verifier.json, in this folder or
one above it; a trusted root counts from where the metadata URL is named, or from what counts more):
  --metadata-url URL   URL or folder of the metadata; may be repeated for mirrors
  --targets-url URL    URL or folder of the targets, one for each metadata URL [default: targets beside metadata]
  --trusted-root FILE  root.json, as the repository's publisher gives it out
  --store DIR          where trusted metadata is kept, empty or a store [default: a folder for each metadata URL and
                       line of roots]; not in a project's tuf-verifier.json
  --replace-root-line  with --store, once: replace the trusted metadata there by that of another trusted root
  --bundle FILE        ask this bundle, and not the repository
  --offline            use the trusted store alone; for ci and verify-lock also what they have kept
  --fresh-for SECONDS  do not ask the repository within this time after a refresh [default: 0]
  --cache-size BYTES   keep at most this much of what ci and verify-lock have fetched, to be verified again at every use; 0 keeps
                       and uses nothing [default: 1073741824]; not in a project's tuf-verifier.json
  --max-target-length BYTES
                       refuse a target that is listed with more [default: 1073741824]
  --profile PROFILE    compatible (the default), or strict: the specification's forms alone
  --config FILE        read this file and no other, whoever can change it

Output:
  --json               one JSON object a line on stdout
  -q, --quiet          errors and results only
`;

const OVERVIEW = `Verifies what you install with The Update Framework.

Usage: tuf-verifier COMMAND [OPTIONS]

Commands:
  refresh              bring the trusted metadata up to date, and print it
  download PATH        fetch a target, and verify it
  verify PATH FILE     verify a file that came from elsewhere as the target of this path
  explain PATH         show how a target is found: roles, versions, keys, expiries
  verify-lock [LOCK]   compare package-lock.json with what is signed
  ci                   npm ci, with verified packages and nothing else
  collect [LOCK]       for publishers: make the targets of the packages of package-lock.json

${REPOSITORY}
  -h, --help           this text, or that of a command
  -V, --version        version, and SHA-256 of the verifier

Exit status: 0 verified; 1 not covered; 2 cannot be used; 40 verification failed; 41 not in the repository;
42 expired or rolled back; 43 not supported; 68 no answer; 101 npm failed; 130 interrupted.
`;

const COMMANDS: Readonly<Record<CommandName, string>> = {
  refresh: `Brings the trusted metadata up to date, and prints what is trusted.

Usage: tuf-verifier refresh [OPTIONS]
`,
  download: `Fetches a target and verifies it. The file appears once it is verified.

Usage: tuf-verifier download PATH [-o FILE] [OPTIONS]

  -o, --output FILE    where it is to be, in place of what is there [default: the last part of PATH, in this folder, unless
                       another file is there]
`,
  verify: `Verifies a file that came from elsewhere as the target of this path.

Usage: tuf-verifier verify PATH FILE [OPTIONS]
`,
  explain: `Shows how a target is found: roles, versions, keys and thresholds, expiries, delegations, what was waived.

Usage: tuf-verifier explain PATH [OPTIONS]
`,
  "verify-lock": `Compares each package of a lock file with its signed hash, and what the file says of it with what is signed.

Usage: tuf-verifier verify-lock [LOCK] [OPTIONS]

  LOCK                 [default: npm-shrinkwrap.json or package-lock.json in this folder]
  --allow-uncovered    succeed where packages are not covered and all others are verified
`,
  ci: `Verifies the lock file, and runs npm ci with verified packages and nothing else. Scripts run when everything is accounted for.

Usage: tuf-verifier ci [NPM OPTIONS] [OPTIONS]

Options of npm ci that are passed on: --omit, --include, --workspace, --workspaces, --include-workspace-root,
--install-strategy, --ignore-scripts, --foreground-scripts, --strict-allow-scripts, --dangerously-allow-all-scripts,
--legacy-peer-deps, --strict-peer-deps, --engine-strict, --no-bin-links, --loglevel, --os, --cpu, --libc.
`,
  collect: `For publishers: fetches each package of a lock file with npm, and writes the targets of a repository.

Usage: tuf-verifier collect [LOCK] -o DIR [--allow-uncovered] [--project-npmrc]

  LOCK                 [default: npm-shrinkwrap.json or package-lock.json in this folder]
  -o, --output DIR     folder of targets; what is in it already is kept
  --allow-uncovered    leave out what comes from no registry
  --project-npmrc      npm counts the project's .npmrc too: its registries, and the variables that they get
`,
};

/** The help of a command, or of all of them. */
export function help(command: CommandName | undefined): string {
  if (command === undefined) {
    return OVERVIEW;
  }
  return command === "collect" ? COMMANDS.collect : `${COMMANDS[command]}\n${REPOSITORY}`;
}
