// Writes the repository that a plan describes, with @tufjs/models and node:crypto.

import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";

import models from "@tufjs/models";

import { signer } from "./keys.js";

const { Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp } = models;

const TOP_LEVEL = ["root", "timestamp", "snapshot", "targets"];
const SPEC_VERSION = "1.0.34";

/** Writes one folder a release, `1/`, `2/` and so on, each a whole published repository. */
export function write(plan) {
  plan.releases.forEach((release, index) => {
    const folder = path.join(plan.folder, String(index + 1));
    if (index > 0) fs.cpSync(path.join(plan.folder, String(index)), folder, { recursive: true });
    new ReleaseWriter(plan, release, folder).write();
  });
  return { written: plan.releases.length };
}

/** Writes one release of a plan into one folder. */
class ReleaseWriter {
  constructor(plan, release, folder) {
    this.plan = plan;
    this.roles = Object.fromEntries(release.roles.map((role) => [role.name, role]));
    this.bins = release.bins;
    this.lies = release.lies ?? {};
    this.folder = folder;
    this.listed = {};
  }

  /** Delegated roles first, then what lists them. */
  write() {
    for (const [name, role] of Object.entries(this.roles)) {
      if (!TOP_LEVEL.includes(name)) this.publish(name, role, this.targets(name));
    }
    if (this.bins) {
      for (const [name, targets] of Object.entries(this.filesOfBins())) {
        this.publish(name, this.bins, new Targets({ ...this.header(this.bins), targets }));
      }
    }
    this.publish("targets", this.roles.targets, this.targets("targets"));
    const meta = Object.fromEntries(Object.entries(this.listed).map(([name, entry]) => [`${name}.json`, entry]));
    for (const name of this.lies.unlisted ?? []) delete meta[`${name}.json`];
    this.publish("snapshot", this.roles.snapshot, new Snapshot({ ...this.header(this.roles.snapshot), meta }));
    const snapshotMeta = this.listed.snapshot;
    const timestamp = new Timestamp({ ...this.header(this.roles.timestamp), snapshotMeta });
    this.publish("timestamp", this.roles.timestamp, timestamp);
    this.publish("root", this.roles.root, this.root());
  }

  header(role) {
    const expires = new Date(Date.now() + role.expires_in * 1000);
    return {
      version: role.version,
      specVersion: SPEC_VERSION,
      expires: expires.toISOString().replace(/\.\d+Z$/, "Z"),
    };
  }

  keysOf(role) {
    return role.keys.map((label) => signer(this.plan.key_type, label).key);
  }

  /** Roles have no public class: they are given as the JSON that they are. */
  root() {
    const keys = {};
    const roles = {};
    for (const name of TOP_LEVEL) {
      Object.assign(keys, this.keysToJSON(this.roles[name]));
      const keyids = this.keysOf(this.roles[name]).map((key) => key.keyID);
      roles[name] = { keyids, threshold: this.roles[name].threshold };
    }
    return Root.fromJSON({
      _type: "root",
      spec_version: SPEC_VERSION,
      version: this.roles.root.version,
      expires: this.header(this.roles.root).expires,
      consistent_snapshot: this.plan.consistent_snapshot,
      keys,
      roles,
    });
  }

  targets(name) {
    const role = this.roles[name];
    const files = Object.entries(role.files ?? {});
    const targets = Object.fromEntries(files.map(([file, text]) => [file, this.targetFile(file, text)]));
    return this.targetsRole(role, targets, this.delegations(name));
  }

  /** Delegations have no public class: they are given as the JSON that they are. */
  targetsRole(role, targets, delegations) {
    const described = new Targets({ ...this.header(role), targets }).toJSON();
    return Targets.fromJSON(delegations ? { ...described, delegations } : described);
  }

  delegations(delegator) {
    if (delegator === "targets" && this.bins) return this.succinctDelegations();
    const delegated = Object.entries(this.roles).filter(([, role]) => role.delegator === delegator);
    if (delegated.length === 0) return undefined;
    const keys = Object.assign({}, ...delegated.map(([, role]) => this.keysToJSON(role)));
    const roles = delegated.map(([name, role]) => ({
      name,
      keyids: this.keysOf(role).map((key) => key.keyID),
      threshold: role.threshold,
      terminating: role.terminating,
      ...(role.paths && { paths: role.paths }),
      ...(role.path_hash_prefixes && { path_hash_prefixes: role.path_hash_prefixes }),
    }));
    return { keys, roles };
  }

  succinctDelegations() {
    const succinct_roles = {
      keyids: this.keysOf(this.bins).map((key) => key.keyID),
      threshold: this.bins.threshold,
      bit_length: this.bins.bit_length,
      name_prefix: this.bins.prefix,
    };
    return { keys: this.keysToJSON(this.bins), succinct_roles };
  }

  keysToJSON(role) {
    return Object.fromEntries(this.keysOf(role).map((key) => [key.keyID, key.toJSON()]));
  }

  filesOfBins() {
    const { succinctRoles } = this.targetsRole(this.bins, {}, this.succinctDelegations()).delegations;
    const bins = Object.fromEntries([...succinctRoles.getRoles()].map((name) => [name, {}]));
    for (const [file, text] of Object.entries(this.bins.files)) {
      bins[succinctRoles.getRoleForTarget(file)][file] = this.targetFile(file, text);
    }
    return bins;
  }

  /** Writes a target file and describes it, truly or not. */
  targetFile(file, text) {
    const content = Buffer.from(text);
    const sha256 = this.lies.file_hashes?.[file] ?? digest(content);
    const length = this.lies.file_lengths?.[file] ?? content.length;
    const { dir, base } = path.posix.parse(file);
    // A client looks for the file under the hash that it is told.
    const name = this.plan.consistent_snapshot ? `${sha256}.${base}` : base;
    this.store(path.posix.join("targets", dir, name), content);
    return new TargetFile({ path: file, length, hashes: { sha256 } });
  }

  /** Signs and writes one metadata file, and remembers how it is to be listed. */
  publish(name, role, signed) {
    const metadata = new Metadata(signed);
    for (const label of role.signers) metadata.sign(signer(this.plan.key_type, label).sign, true);
    const content = Buffer.from(JSON.stringify(metadata.toJSON(), null, 1));
    const versioned = name === "root" || (this.plan.consistent_snapshot && name !== "timestamp");
    // A slash in a role's name reaches a static server encoded, and is a folder's to it.
    this.store(versioned ? `metadata/${signed.version}.${name}.json` : `metadata/${name}.json`, content);
    const version = this.lies.listed_versions?.[name] ?? signed.version;
    if (!this.plan.list_hashes) {
      this.listed[name] = new MetaFile({ version });
      return;
    }
    const length = this.lies.listed_lengths?.[name] ?? content.length;
    const sha256 = this.lies.listed_hashes?.[name] ?? digest(content);
    this.listed[name] = new MetaFile({ version, length, hashes: { sha256 } });
  }

  store(file, content) {
    const full = path.join(this.folder, file);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, content);
  }
}

function digest(content) {
  return crypto.createHash("sha256").update(content).digest("hex");
}
