/** What keeps npm to the registry of one run: every setting, and no spelling around them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { forInstallation, forScripts, scopeArguments } from "#internal/npm/npm-program.js";

const REGISTRY = "http://127.0.0.1:1/";
const USER = { ignoresScripts: false, allowsStrictly: false, userconfig: "/home/.npmrc", globalconfig: "/etc/npmrc", installation: new Map<string, string>() };
const CONFINEMENT = {
  registry: REGISTRY,
  cache: "/cache",
  logs: "/logs",
  git: "/run/no-git",
  scopes: ["@scope", "@my_scope", "@Scope"],
  user: USER,
};

/** What every npm is told. */
const ALWAYS = {
  PATH: "/bin",
  npm_config_registry: REGISTRY,
  npm_config_replace_registry_host: "always",
  "npm_config_@scope:registry": REGISTRY,
  "npm_config_@my_scope:registry": REGISTRY,
  "npm_config_@Scope:registry": REGISTRY,
  npm_config_proxy: REGISTRY,
  npm_config_https_proxy: REGISTRY,
  npm_config_noproxy: "tuf.invalid",
  npm_config_git: "/run/no-git",
  npm_config_allow_git: "none",
  npm_config_allow_file: "none",
  npm_config_allow_directory: "none",
  npm_config_allow_remote: "none",
  npm_config_cache: "/cache",
  npm_config_offline: "false",
  npm_config_logs_dir: "/logs",
  npm_config_timing: "false",
  npm_config_userconfig: "/home/.npmrc",
  npm_config_globalconfig: "/etc/npmrc",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_update_notifier: "false",
  npm_config_usage: "false",
  npm_config_logs_max: "0",
  npm_config_global: "false",
  npm_config_location: "project",
};

test("overrides what says from where, what runs something, and what makes an installation none", () => {
  assert.deepEqual(forInstallation({ PATH: "/bin" }, CONFINEMENT, "secret"), {
    ...ALWAYS,
    "npm_config_//127.0.0.1:1/:_authToken": "secret",
    npm_config_ignore_scripts: "true",
    npm_config_bin_links: "false",
    npm_config_force: "false",
    npm_config_install_links: "false",
    npm_config_dry_run: "false",
    npm_config_package_lock: "true",
    npm_config_package_lock_only: "false",
    npm_config_omit_lockfile_registry_resolved: "true",
  });
});

test("scripts find the same registry and no other, and have no token for it", () => {
  const given = { PATH: "/bin", npm_config_ignore_scripts: "true" };
  assert.deepEqual(forScripts(given, CONFINEMENT), { ...ALWAYS, npm_config_ignore_scripts: "true" });
});

test("scripts are ignored, or allowed one by one, where the user wants that", () => {
  const given = { PATH: "/bin", NPM_CONFIG_ignore_scripts: "false", npm_config_dangerously_allow_all_scripts: "true" };
  assert.deepEqual(forScripts(given, { ...CONFINEMENT, user: { ...USER, ignoresScripts: true, allowsStrictly: true } }), {
    ...ALWAYS,
    npm_config_ignore_scripts: "true",
    npm_config_strict_allow_scripts: "true",
    npm_config_dangerously_allow_all_scripts: "false",
  });
});

test("takes away variables that contradict, however they are spelt", () => {
  const given = {
    NPM_CONFIG_REGISTRY: "x",
    npm_config_Replace_Registry_Host: "x",
    "npm_config_https-proxy": "x",
    "NPM_CONFIG_@OTHER:registry": "x",
    NPM_CONFIG_GIT: "x",
    NPM_CONFIG_LOGS_DIR: "x",
    NPM_CONFIG_userconfig: "x",
    "npm_config_allow-git": "x",
    TUFREPO_PASSPHRASE: "secret",
    npm_config_loglevel: "silly",
  };
  for (const environment of [forInstallation(given, CONFINEMENT, "secret"), forScripts(given, CONFINEMENT)]) {
    const kept = Object.entries(environment).filter(([name]) => Object.hasOwn(given, name));
    assert.deepEqual(Object.fromEntries(kept), { npm_config_loglevel: "silly" });
  }
});

test("gives the registry of scopes that no variable can name, and no secret with it", () => {
  assert.deepEqual(scopeArguments(CONFINEMENT), [`--@my_scope:registry=${REGISTRY}`, `--@Scope:registry=${REGISTRY}`]);
});
