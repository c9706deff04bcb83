import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ClientError,
  type Progress,
  Refusal,
  type Resume,
  type Source,
  SourceError,
  type TargetStream,
  Updater,
} from "tuf-verifier";
import { NOW, Repository, RepositorySource } from "../repository.js";
import { fails } from "../refused.js";

const PATH = "bin/app";
const CONTENT = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 251));

const repository = new Repository();
repository.add(PATH, CONTENT);
repository.publish();

/** Sends some bytes of a file, and then perhaps an error. */
interface Answer {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly error?: Error;
}

/** A mirror whose target transfers go as a test says. */
class Breaking implements Source {
  readonly #metadata = new RepositorySource(repository);
  /** What each transfer asked for. */
  readonly asked: number[] = [];
  readonly #answer: (resume: Resume, time: number) => Answer;

  constructor(answer: (resume: Resume, time: number) => Answer) {
    this.#answer = answer;
  }

  metadata(name: string, maxLength: number): Promise<Uint8Array | undefined> {
    return this.#metadata.metadata(name, maxLength);
  }

  async target(_fetchPath: string, resume: Resume): Promise<TargetStream> {
    this.asked.push(resume.offset);
    const { bytes, start, error } = this.#answer(resume, this.asked.length);
    return { bytes: sending(bytes, error), start };
  }
}

async function* sending(bytes: Uint8Array, error: Error | undefined): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
  if (error !== undefined) {
    throw error;
  }
}

const BROKE_OFF = new SourceError("the transfer broke off", "source-unreadable");

/** Sends `count` bytes more each time, from where it was asked to go on. */
function piecewise(count: number, content: Uint8Array = CONTENT): Breaking {
  return new Breaking(({ offset }) => {
    const bytes = content.subarray(offset, offset + count);
    const isLast = offset + count >= content.length;
    return isLast ? { bytes, start: offset } : { bytes, start: offset, error: BROKE_OFF };
  });
}

async function read(...sources: readonly Source[]): Promise<Uint8Array> {
  return (await reading(sources)).bytes;
}

async function reading(sources: readonly Source[]): Promise<{ readonly bytes: Uint8Array; readonly events: readonly Progress[] }> {
  const events: Progress[] = [];
  const onProgress = (progress: Progress): void => void events.push(progress);
  const client = new Updater({ trustedRoot: repository.trustedRoot, sources, referenceTime: NOW, onProgress });
  const target = await client.getTargetInfo(PATH);
  assert.ok(target);
  return { bytes: await client.readTarget(target), events };
}

test("goes on where a transfer broke off", async () => {
  const source = piecewise(4_000);
  const { bytes, events } = await reading([source]);
  assert.deepEqual(bytes, new Uint8Array(CONTENT));
  assert.deepEqual(source.asked, [0, 4_000, 8_000]);
  const resumed = events.flatMap((event) => (event.tag === "resuming" ? [event.offset] : []));
  assert.deepEqual(resumed, [4_000, 8_000]);
});

test("begins anew where the source does", async () => {
  const source = new Breaking((_, time) =>
    time === 1
      ? { bytes: CONTENT.subarray(0, 4_000), start: 0, error: BROKE_OFF }
      : { bytes: CONTENT, start: 0 },
  );
  assert.deepEqual(await read(source), new Uint8Array(CONTENT));
  assert.deepEqual(source.asked, [0, 4_000]);
});

test("gives up on a source that breaks off again and again", async () => {
  const source = piecewise(1);
  await fails(read(source), SourceError, "source-unreadable");
  assert.deepEqual(source.asked, [0, 1, 2, 3]);
});

test("gives up on a source that sends nothing", async () => {
  const source = piecewise(0);
  await fails(read(source), SourceError, "source-unreadable");
  assert.deepEqual(source.asked, [0]);
});

test("gives up on a source that always begins anew", async () => {
  const source = new Breaking(() => ({ bytes: CONTENT.subarray(0, 5_000), start: 0, error: BROKE_OFF }));
  await fails(read(source), SourceError, "source-unreadable");
  assert.equal(source.asked.length, 4);
});

test("asks for nothing more where the transfer broke off behind its end", async () => {
  const source = new Breaking(({ offset }) => ({ bytes: CONTENT.subarray(offset), start: offset, error: BROKE_OFF }));
  assert.deepEqual(await read(source), new Uint8Array(CONTENT));
  assert.deepEqual(source.asked, [0]);
});

test("reads one byte more than the rest at most", async () => {
  let sent = 0;
  async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      sent += 1_000;
      yield new Uint8Array(1_000);
    }
  }
  const source = new Breaking(() => ({ bytes: new Uint8Array(), start: 0 }));
  source.target = async () => ({ bytes: endless(), start: 0 });
  const error = await fails(read(source), Refusal, "endless-data");
  assert.deepEqual(error.attack.val, { name: PATH, limit: 10_000n, listed: undefined, setting: undefined });
  assert.equal(sent, 11_000);
});

test("goes on at the next mirror", async () => {
  const [first, second] = [piecewise(3), new RepositorySource(repository)];
  assert.deepEqual(await read(first, second), new Uint8Array(CONTENT));
  assert.deepEqual(first.asked, [0, 3, 6, 9]);
});

/** Sends the first half and nothing of the second, but all of it to who begins anew. */
function halfway(content: Uint8Array): Breaking {
  return new Breaking(({ offset }, time) => {
    const end = time === 1 ? 5_000 : offset === 0 ? content.length : offset;
    const bytes = content.subarray(offset, end);
    return end === content.length ? { bytes, start: offset } : { bytes, start: offset, error: BROKE_OFF };
  });
}

test("recovers from a mirror that sends a wrong beginning", async () => {
  const wrong = Buffer.concat([Buffer.alloc(100), CONTENT.subarray(100)]);
  const [first, second] = [halfway(wrong), piecewise(CONTENT.length)];
  assert.deepEqual(await read(first, second), new Uint8Array(CONTENT));
  assert.deepEqual(second.asked, [5_000, 0]);
});

test("recovers from a mirror that sends a wrong end", async () => {
  const wrong = Buffer.concat([CONTENT.subarray(0, 9_900), Buffer.alloc(100)]);
  const [first, second] = [halfway(CONTENT), piecewise(CONTENT.length, wrong)];
  assert.deepEqual(await read(first, second), new Uint8Array(CONTENT));
  assert.deepEqual(first.asked, [0, 5_000, 0]);
});

test("asks for the whole where the rest is refused", async () => {
  const wrong = new Breaking(({ offset }, time) => {
    const content = time === 2 ? Buffer.alloc(CONTENT.length) : CONTENT;
    const bytes = time === 1 ? content.subarray(0, 5_000) : content.subarray(offset);
    return time === 1 ? { bytes, start: 0, error: BROKE_OFF } : { bytes, start: offset };
  });
  await fails(read(wrong), Refusal, "wrong-software");
  const other = piecewise(5_000, Buffer.alloc(CONTENT.length));
  await fails(read(other), Refusal, "wrong-software");
});

test("reports that every mirror lacks the file", async () => {
  const source = new RepositorySource(repository);
  source.targetFiles.clear();
  await fails(read(source, source), ClientError, "missing-target");
});

test("an aborted transfer ends with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("the user went away");
  const source = new Breaking(() => ({ bytes: CONTENT, start: 0 }));
  const client = new Updater({
    trustedRoot: repository.trustedRoot,
    sources: [source, new RepositorySource(repository)],
    referenceTime: NOW,
    onProgress: ({ tag }) => void (tag === "target-bytes" && controller.abort(reason)),
  });
  const target = await client.getTargetInfo(PATH);
  assert.ok(target);
  source.target = async () => ({
    start: 0,
    bytes: (async function* () {
      yield CONTENT.subarray(0, 10);
      yield CONTENT.subarray(10);
    })(),
  });
  await assert.rejects(client.readTarget(target, { signal: controller.signal }), reason);
});
