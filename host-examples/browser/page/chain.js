// What is in the trusted store, for people to look at. Everything here was judged before it came into the store; this file reads
// it for display and decides nothing.

/**
 * One role as the store has it.
 *
 * @typedef {object} Link
 * @property {string} role
 * @property {string | undefined} delegator the role that lists its keys; root lists its own.
 * @property {number} version
 * @property {Date} expires
 * @property {readonly string[]} keyids the keys that may sign.
 * @property {number} threshold how many of them must.
 * @property {ReadonlySet<string>} signers the keyids under its signatures.
 * @property {readonly string[]} patterns target paths that the delegator lets it speak for.
 * @property {boolean} terminating whether nobody is asked after it.
 * @property {readonly Delegation[]} delegations
 */

/**
 * A delegation, and the role where the store has it.
 *
 * @typedef {object} Delegation
 * @property {string} role
 * @property {readonly string[]} patterns
 * @property {boolean} terminating
 * @property {Link | undefined} link
 */

const TOP_LEVEL = ["timestamp", "snapshot", "targets"];

/**
 * The roles of a store from root on: those that are there.
 *
 * @param {{ load(name: string): Promise<Uint8Array | undefined> }} store
 * @returns {Promise<readonly Link[]>}
 */
export async function readChain(store) {
  const root = await read(store, "root");
  if (root === undefined) {
    return [];
  }
  const links = [link("root", "root", root, root.signed.roles.root)];
  for (const role of TOP_LEVEL) {
    const file = await read(store, role);
    if (file !== undefined) {
      links.push(link(role, "root", file, root.signed.roles[role]));
    }
  }
  const targets = links.find(({ role }) => role === "targets");
  if (targets !== undefined) {
    await follow(store, targets, new Set(["targets"]));
  }
  return links;
}

/** Every role that the store has, with its version, in the order of trust. */
export function versions(links) {
  const found = new Map();
  const visit = (one) => {
    found.set(one.role, one.version);
    one.delegations.forEach((delegation) => delegation.link && visit(delegation.link));
  };
  links.forEach(visit);
  return found;
}

/** The delegations from `targets` to a role: none for `targets` itself, or where the store has no such way. */
export function wayTo(links, role) {
  const search = (from) => {
    for (const delegation of from.delegations) {
      if (delegation.role === role) {
        return [delegation];
      }
      const rest = delegation.link === undefined ? [] : search(delegation.link);
      if (rest.length > 0) {
        return [delegation, ...rest];
      }
    }
    return [];
  };
  const targets = links.find((one) => one.role === "targets");
  return targets === undefined ? [] : search(targets);
}

/** Fills in the roles that a role delegates to; each is shown once. */
async function follow(store, from, seen) {
  for (const delegation of from.delegations.filter(({ role }) => !seen.has(role))) {
    seen.add(delegation.role);
    const file = await read(store, delegation.role);
    if (file !== undefined) {
      delegation.link = link(delegation.role, from.role, file, delegation.authority);
      await follow(store, delegation.link, seen);
    }
  }
}

function link(role, delegator, { signed, signatures }, authority) {
  return {
    role,
    delegator,
    version: signed.version,
    expires: new Date(signed.expires),
    keyids: authority.keyids,
    threshold: authority.threshold,
    signers: new Set(signatures.map(({ keyid }) => keyid)),
    patterns: authority.paths ?? [],
    terminating: authority.terminating === true,
    delegations: (signed.delegations?.roles ?? []).map((authority) => ({
      role: authority.name,
      patterns: authority.paths ?? [],
      terminating: authority.terminating === true,
      authority,
      link: undefined,
    })),
  };
}

async function read(store, role) {
  const bytes = await store.load(`${encodeURIComponent(role)}.json`);
  return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
}
