/** The registry of one run: nobody gets anything without its token, and with it no more than is on the shelf. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import { type Answers, RegistryServer } from "#internal/npm/registry/server.js";

/** A registry that has one document and one tarball, and remembers what it was asked for. */
async function registry(context: TestContext): Promise<{ readonly server: RegistryServer; readonly seen: string[] }> {
  const seen: string[] = [];
  const answers: Answers = async (what) => {
    seen.push(what);
    if (what === "/broken") {
      throw new Error("it is broken");
    }
    return { tag: "json", text: `{"asked":${JSON.stringify(what)}}` };
  };
  const server = await RegistryServer.start(answers);
  context.after(() => server.stop());
  return { server, seen };
}

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

/** Sends a request as it is: `fetch` would tidy the path. */
function ask(server: RegistryServer, path: string, method = "GET", authorization = `Bearer ${server.token}`): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers: { authorization } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.once("end", () => resolve({ status: response.statusCode, body }));
    });
    sent.once("error", reject);
    sent.end();
  });
}

test("hands out documents and tarballs", async (context) => {
  const { server } = await registry(context);
  const cases = [
    ["words", "/words"],
    ["@scope%2fgreet", "/@scope%2fgreet"],
    ["@scope/greet", "/@scope/greet"],
    ["words?write=true", "/words"],
    ["words/-/words-1.0.0.tgz", "/words/-/words-1.0.0.tgz"],
    ["%40scope/greet/-/greet-1.0.0.tgz", "/%40scope/greet/-/greet-1.0.0.tgz"],
  ] as const;
  for (const [path, expected] of cases) {
    // The second is what comes through a proxy.
    for (const url of [`/${path}`, `${server.url}${path}`]) {
      const { status, body } = await ask(server, url);
      assert.equal(status, 200, url);
      assert.deepEqual(JSON.parse(body), { asked: expected });
    }
  }
});

test("refuses whoever does not know the token", async (context) => {
  const { server, seen } = await registry(context);
  const other = server.token.replace(/[A-Za-z0-9]/, (letter) => (letter === "a" ? "b" : "a"));
  for (const given of ["", "Bearer", "Bearer ", `Bearer ${other}`, `Bearer ${server.token}x`, server.token, `Basic ${server.token}`]) {
    for (const path of ["/words", `${server.url}words`, `/${server.token}/words`]) {
      assert.equal((await ask(server, path, "GET", given)).status, 403, `${given} ${path}`);
    }
  }
  assert.deepEqual(seen, []);
});

test("refuses requests for other servers, also of one who knows the token", async (context) => {
  const { server, seen } = await registry(context);
  for (const path of ["http://registry.example/words", "https://127.0.0.1/words", "*"]) {
    assert.equal((await ask(server, path)).status, 403, path);
  }
  assert.deepEqual(seen, []);
});

test("refuses everything once it is closed, and keeps its port", async (context) => {
  const { server, seen } = await registry(context);
  assert.equal((await ask(server, "/words")).status, 200);
  server.close();
  assert.equal((await ask(server, "/words")).status, 403);
  assert.deepEqual(seen, ["/words"]);
});

test("refuses everything that no installation asks for", async (context) => {
  const { server, seen } = await registry(context);
  for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"]) {
    assert.equal((await ask(server, "/words", method)).status, 403, method);
  }
  assert.deepEqual(seen, []);
});

test("an error is a refusal with its reason, which npm does not try again", async (context) => {
  const { server } = await registry(context);
  const { status, body } = await ask(server, "/broken");
  assert.equal(status, 403);
  assert.deepEqual(JSON.parse(body), { error: "it is broken" });
});

test("opens no tunnel", async (context) => {
  const { server } = await registry(context);
  const { hostname, port } = new URL(server.url);
  for (const head of ["CONNECT registry.example:443 HTTP/1.1", "GET / HTTP/1.1\r\nconnection: upgrade\r\nupgrade: h2c"]) {
    const socket = connect(Number(port), hostname);
    socket.write(`${head}\r\nhost: registry.example\r\n\r\n`);
    let answer = "";
    socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
    await once(socket, "close");
    assert.ok(answer.startsWith("HTTP/1.1 403 "), `${head}: ${answer}`);
  }
});

test("two registries have two tokens, which are in no address", async (context) => {
  const [one, other] = [await registry(context), await registry(context)];
  assert.notEqual(one.server.token, other.server.token);
  assert.ok(one.server.token.length >= 32);
  assert.equal(new URL(one.server.url).pathname, "/");
});

/** Another process that holds two hundred connections, on each of which it has sent this. */
const HOLDER = `
  const [port, text] = process.argv.slice(1);
  const { connect } = require("node:net");
  let open = 0;
  for (let count = 0; count < 200; count += 1) {
    const socket = connect(Number(port), "127.0.0.1", () => {
      socket.write(text);
      open += 1;
      if (open === 200) {
        console.log("holding");
      }
    });
    socket.on("error", () => undefined).resume();
  }
  process.stdin.resume().on("end", () => process.exit());
`;

test("rejects strangers who hold every connection", async (context) => {
  const { server } = await registry(context);
  const { pathname, port, hostname } = new URL(server.url);
  const limits: number[] = [];
  for (const text of ["", "GET /wor", "GET /words HTTP/1.1\r\nhost: x\r\n\r\n"]) {
    const known = connect(Number(port), hostname);
    known.write(`GET ${pathname}words HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.token}\r\n\r\n`);
    await once(known, "data");
    const holder = spawn(process.execPath, ["-e", HOLDER, port, text], { stdio: ["pipe", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    assert.equal((await ask(server, `${pathname}words`)).status, 200);
    // What has shown the secret is never ended for others.
    known.write(`GET ${pathname}words HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.token}\r\n\r\n`);
    assert.match(String(await once(known, "data")), /^HTTP\/1.1 200/);
    limits.push(await server.connections());
    known.destroy();
    holder.stdin.end();
    await once(holder, "exit");
  }
  assert.ok(limits.every((open) => open <= 40), limits.join(", "));
});
