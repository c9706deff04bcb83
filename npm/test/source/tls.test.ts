/** Encrypted connections, and whom they are with. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer as createPlainServer } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { HttpSource } from "tuf-verifier";
import { skip } from "../skip.js";
import { failure } from "./fetching.js";

const run = promisify(execFile);

/** A server with a certificate of its own for this name, and the file of that; none where there is no OpenSSL. */
async function serve(context: TestContext, name: string): Promise<{ readonly url: string; readonly file: string } | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "tuf-tls-"));
  context.after(() => rm(folder, { recursive: true }));
  const [key, file] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const subject = ["-subj", "/CN=test", "-addext", `subjectAltName=${name}`];
  try {
    await run("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", key, "-out", file]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
    await skip(context, "openssl is not there to make a certificate");
    return undefined;
  }
  const server = createServer({ key: await readFile(key), cert: await readFile(file) }, (_, response) => response.end("{}"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.closeAllConnections());
  context.after(() => server.close());
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, file };
}

/** Prints what a process gets that trusts the certificate of this file. */
async function fetchedWith(file: string, url: string): Promise<string> {
  const program = `
    import { HttpSource } from "tuf-verifier";
    const source = new HttpSource("${url}", "${url}");
    const shown = (bytes) => new TextDecoder().decode(bytes);
    console.log(await source.metadata("1.root.json", 100).then(shown, (error) => error.code));`;
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: file };
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], { env });
  return stdout.trim();
}

test("trusts the authority of a file", async (context) => {
  const server = await serve(context, "IP:127.0.0.1");
  if (server !== undefined) {
    assert.equal(await fetchedWith(server.file, server.url), "{}");
  }
});

test("refuses an unknown authority", async (context) => {
  const server = await serve(context, "IP:127.0.0.1");
  if (server !== undefined) {
    const error = await failure(new HttpSource(server.url, server.url), "source-tls");
    assert.equal(error.message, `${server.url}1.root.json: TLS: self-signed certificate`);
  }
});

test("refuses the certificate of another host", async (context) => {
  const server = await serve(context, "DNS:other.example");
  if (server !== undefined) {
    assert.equal(await fetchedWith(server.file, server.url), "source-tls");
  }
});

test("refuses a server that does not encrypt", async (context) => {
  const server = createPlainServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await failure(new HttpSource(url, url), "source-tls");
});
