/** What keeps npm to the registry of one run: every setting, and no spelling around them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { confined, scopeArguments } from "#internal/npm/npm-program.js";

const REGISTRY = "http://127.0.0.1:1/secret/";
const PROXY = "http://127.0.0.1:1/";
const CONFINEMENT = { registry: REGISTRY, proxy: PROXY, cache: "/cache", scopes: ["@scope", "@my_scope", "@Scope"] };

test("overrides what says from where, and what makes an installation none", () => {
  assert.deepEqual(confined({ PATH: "/bin" }, CONFINEMENT), {
    PATH: "/bin",
    npm_config_registry: REGISTRY,
    npm_config_replace_registry_host: "always",
    "npm_config_@scope:registry": REGISTRY,
    "npm_config_@my_scope:registry": REGISTRY,
    "npm_config_@Scope:registry": REGISTRY,
    npm_config_proxy: PROXY,
    npm_config_https_proxy: PROXY,
    npm_config_noproxy: "tuf.invalid",
    npm_config_cache: "/cache",
    npm_config_offline: "false",
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    npm_config_logs_max: "0",
    npm_config_dry_run: "false",
    npm_config_package_lock: "true",
    npm_config_package_lock_only: "false",
    npm_config_omit_lockfile_registry_resolved: "true",
  });
});

test("takes away variables that contradict, however they are spelt", () => {
  const given = {
    NPM_CONFIG_REGISTRY: "x",
    npm_config_Replace_Registry_Host: "x",
    "npm_config_https-proxy": "x",
    "NPM_CONFIG_@OTHER:registry": "x",
    npm_config_loglevel: "silly",
  };
  const kept = Object.entries(confined(given, CONFINEMENT)).filter(([name]) => Object.hasOwn(given, name));
  assert.deepEqual(Object.fromEntries(kept), { npm_config_loglevel: "silly" });
});

test("gives the registry of scopes that no variable can name", () => {
  assert.deepEqual(scopeArguments(CONFINEMENT), [`--@my_scope:registry=${REGISTRY}`, `--@Scope:registry=${REGISTRY}`]);
});
