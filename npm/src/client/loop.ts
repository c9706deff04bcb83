/** Does what the module's client asks for, and hands its outcomes to those who wait for them. */

import type { Action, AtHand, ClientErrorRecord, ClientEvent, GetAction, Outcome, ReceiveAction } from "../binding.js";
import type { Client } from "../client.js";
import type { Code } from "../codes.js";
import { SandboxError } from "../errors.js";
import type { NotFound, Report, Target } from "../records.js";
import { type Answer, get, load } from "./answer.js";
import { typed } from "./failure.js";
import { type Operation, operationOf, Outcomes } from "./outcomes.js";
import type { Mirror, Outside } from "./outside.js";
import type { Reception } from "./reception.js";

/** What a search came to. The number of one that found a target is the handle for its bytes. */
export type Searched =
  | { readonly tag: "found"; readonly val: Target; readonly search: bigint }
  | { readonly tag: "not-found"; readonly val: NotFound };

/**
 * A client that was started, and what it works with. Requests to mirrors are made side by side. The store is read and changed in the
 * order in which the module asks for it.
 */
export class Loop {
  readonly #client: Client;
  readonly #outside: Outside;
  /** Answers that the module may have written to the store, by the number of their request. */
  readonly #held: Map<bigint, Uint8Array>;
  /** What sources and the store failed with, by the number of the request. */
  readonly #errors = new Map<bigint, unknown>();
  readonly #outcomes = new Outcomes();
  /** What the module has to bring to an end, whether or not somebody still waits for it. */
  readonly #underWay = new Set<Operation>(["refresh"]);
  readonly #receptions = new Map<bigint, Reception>();
  readonly #running: Promise<void>;
  /** Breaks off the requests for metadata that nobody waits for. */
  #requests = new AbortController();
  /** Those that were broken off so, and those that nobody has waited for: that nobody does is no answer of a mirror's. */
  #postponed: GetAction[] = [];
  #isRefreshed = false;
  /** Why nothing can be asked of it any more. */
  #over: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  /** Whether the module has taken bytes of a mirror: another mirror's could have been others. */
  hasAsked = false;
  /** The mirror whose answer broke the module off. */
  brokenBy: Mirror | undefined;
  /** Whether several operations were under way when it broke off, so that nobody can tell which of them did it. */
  brokeAmongSeveral = false;
  /** Whether searches were among them. */
  brokeDuringSearch = false;

  /** @param trustedRoot what the client was started with. */
  constructor(client: Client, trustedRoot: Uint8Array, outside: Outside) {
    this.#client = client;
    this.#outside = outside;
    this.#held = new Map([[0n, trustedRoot]]);
    this.#running = this.#run();
  }

  /** Whether nothing can be asked of it any more. */
  get isOver(): boolean {
    return this.#over !== undefined;
  }

  get mirrors(): readonly Mirror[] {
    return this.#outside.mirrors;
  }

  /** Waits for the end of the refresh. */
  async refreshed(signal: AbortSignal | undefined): Promise<Report> {
    const outcome = await this.#outcome("refresh", signal);
    if (outcome.tag !== "refreshed") {
      throw outOfOrder(outcome);
    }
    return outcome.val;
  }

  /** Searches a target by its path (5.6.7). */
  async search(path: string, signal: AbortSignal | undefined): Promise<Searched> {
    const search = this.#call(() => this.#client.find(path), true);
    this.#underWay.add(`search ${search}`);
    const outcome = await this.#outcome(`search ${search}`, signal);
    switch (outcome.tag) {
      case "found":
        return { tag: "found", val: outcome.val.target, search };
      case "not-found":
        return { tag: "not-found", val: outcome.val.why };
      default:
        throw outOfOrder(outcome);
    }
  }

  /**
   * Receives the bytes of the target that a search found (5.7). Afterwards nothing is added to them any more.
   *
   * @throws the signal's reason, once it is aborted: also while the module waits for the next try.
   */
  async receive(search: bigint, reception: Reception, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const transfer = this.#call(() => this.#client.receive(search, reception.received.atHand));
    this.#underWay.add(`transfer ${transfer}`);
    this.#receptions.set(transfer, reception);
    const giveUp = (): void => this.#abandon(transfer, signal?.reason);
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      const outcome = await this.#outcome(`transfer ${transfer}`);
      if (outcome.tag !== "verified") {
        throw outOfOrder(outcome);
      }
    } finally {
      signal?.removeEventListener("abort", giveUp);
      this.#receptions.delete(transfer);
      await reception.end();
    }
  }

  /** Judges bytes as those of the target that a search found (5.7). */
  check(search: bigint, atHand: AtHand): void {
    this.#call(() => this.#client.check(search, atHand));
  }

  /** Drops the target that a search found. */
  drop(search: bigint): void {
    this.#unanswered(() => this.#client.dropTarget(search));
  }

  /** Ends it. Afterwards nothing is written any more. */
  async stop(): Promise<void> {
    this.#end(new Error("the client was stopped"));
    await this.#running;
  }

  async #run(): Promise<void> {
    // Whoever has made this waits before anything is done.
    await undefined;
    try {
      while (!this.isOver) {
        await this.#act(this.#client.poll());
      }
    } catch (error) {
      this.#end(error);
    }
  }

  async #act(action: Action): Promise<void> {
    const { store } = this.#outside;
    switch (action.tag) {
      case "load":
        return this.#answer(action.val.id, await load(store, action.val));
      case "get":
        return void this.#get(action.val);
      case "receive":
        return void this.#receive(action.val);
      case "discard":
        return this.#discard(action.val);
      case "keep":
        return this.#change(store.persist(action.val.name, this.#heldBytes(action.val.answer)));
      case "write":
        return this.#change(store.persist(action.val.name, action.val.bytes));
      case "forget":
        return this.#change(store.forget(action.val));
      case "release":
        return void this.#held.delete(action.val);
      case "tell":
        return this.#tell(action.val);
      case "ended":
        return this.#ended(action.val);
      case "await":
        return this.#wait(action.val);
    }
  }

  async #get(action: GetAction): Promise<void> {
    const mirror = this.#mirror(action.mirror);
    if (this.#outcomes.count === 0) {
      this.#postponed.push(action);
      return;
    }
    const { signal } = this.#requests;
    const answer = await get(mirror, action, this.#outside.progress, signal);
    if (signal.aborted && answer.response.tag === "failed") {
      this.#postponed.push(action);
      return this.#getPostponed();
    }
    this.hasAsked ||= answer.response.tag === "bytes";
    this.#answer(action.id, answer, mirror);
  }

  #getPostponed(): void {
    if (this.#outcomes.count > 0 && !this.isOver) {
      this.#postponed.splice(0).forEach((action) => void this.#get(action));
    }
  }

  async #receive(action: ReceiveAction): Promise<void> {
    const reception = this.#receptions.get(action.transfer);
    try {
      const answer = await reception?.receive(this.#mirror(action.mirror), action);
      if (answer !== undefined && this.#receptions.has(action.transfer)) {
        this.#answer(action.id, answer);
      }
    } catch (error) {
      this.#abandon(action.transfer, error);
    }
  }

  async #discard(transfer: bigint): Promise<void> {
    try {
      await this.#receptions.get(transfer)?.clear();
    } catch (error) {
      this.#abandon(transfer, error);
    }
  }

  /** Gives a transfer up for what has nothing to do with the mirrors, such as a full disk or an abort. */
  #abandon(transfer: bigint, error: unknown): void {
    if (this.#receptions.delete(transfer)) {
      this.#underWay.delete(`transfer ${transfer}`);
      this.#outcomes.fail(`transfer ${transfer}`, error);
      this.#unanswered(() => this.#client.abandon(transfer));
    }
  }

  /** Waits for a change of the store. What it was made for fails where it fails: a refresh makes no other one. */
  async #change(change: Promise<void>): Promise<void> {
    try {
      await change;
    } catch (error) {
      if (!this.#isRefreshed) {
        this.#end(error);
      }
      this.#outcomes.failAll(error, (operation) => !operation.startsWith("transfer"));
    }
  }

  #answer(request: bigint, { response, error }: Answer, mirror?: Mirror): void {
    if (this.isOver) {
      return;
    }
    if (response.tag === "bytes") {
      this.#held.set(request, response.val);
    }
    if (error !== undefined) {
      this.#errors.set(request, error);
    }
    try {
      this.#client.answer(request, response);
    } catch (broken) {
      this.brokenBy = mirror;
      this.#end(broken);
    }
    this.#wake();
  }

  #tell(event: ClientEvent): void {
    const { name: mirror } = this.#mirror(event.val.mirror);
    const { name } = event.val;
    if (event.tag === "accepted") {
      this.#outside.progress({ tag: "verified", mirror, name });
    } else if (this.#outcomes.count > 0) {
      const { code, message } = event.val.error;
      this.#outside.progress({ tag: "failed", mirror, name, code: code as Code, reason: message });
    }
  }

  #ended(outcome: Outcome): void {
    this.#isRefreshed ||= outcome.tag === "refreshed";
    const operation = operationOf(outcome);
    this.#underWay.delete(operation);
    const failure = failureOf(outcome);
    if (failure !== undefined) {
      this.#outcomes.fail(operation, typed(failure, this.#errors));
    } else if (!this.#outcomes.deliver(operation, outcome) && outcome.tag === "found") {
      this.drop(outcome.val.search);
    }
    if (this.#underWay.size === 0) {
      this.#errors.clear();
    }
  }

  /** Waits for an answer, for a new operation, or for a time. */
  #wait(until: bigint | undefined): Promise<void> {
    return new Promise((resolve) => {
      // No timer keeps the program alive if nobody waits. A longer one would end at once.
      const left = until === undefined || this.#outcomes.count === 0 ? undefined : Number(until) - performance.now();
      const timer = left === undefined ? undefined : setTimeout(resolve, Math.min(Math.max(0, left), 0x7fff_ffff));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Waits for the end of an operation that was begun. @throws what it failed with, and what the loop ended with. */
  async #outcome(operation: Operation, signal?: AbortSignal): Promise<Outcome> {
    if (this.#over !== undefined) {
      throw this.#over.error;
    }
    const waiting = this.#outcomes.of(operation, signal);
    this.#getPostponed();
    this.#wake();
    try {
      return await waiting;
    } finally {
      if (this.#outcomes.count === 0) {
        this.#requests.abort(signal?.reason);
        this.#requests = new AbortController();
        this.#wake();
      }
    }
  }

  /** Calls the module. Where it breaks off, all that is under way ends. */
  #call<T>(call: () => T, isSearch = false): T {
    const wasOver = this.isOver;
    try {
      return call();
    } catch (error) {
      if (this.#client.isBroken) {
        this.#end(error);
        this.brokeAmongSeveral = wasOver || this.#underWay.size > 0;
        this.brokeDuringSearch ||= isSearch;
      }
      throw error;
    }
  }

  /** Calls the module where nobody waits for what the call comes to. */
  #unanswered(call: () => void): void {
    if (!this.isOver) {
      try {
        call();
      } catch (error) {
        this.#end(error);
      }
    }
  }

  #end(error: unknown): void {
    if (!this.isOver) {
      this.#over = { error };
      this.brokeAmongSeveral = this.#underWay.size > 1;
      this.brokeDuringSearch = [...this.#underWay].some((operation) => operation.startsWith("search"));
      this.#outcomes.failAll(error);
      this.#requests.abort(error);
      this.#wake();
    }
  }

  #mirror(place: number): Mirror {
    const mirror = this.mirrors[place];
    if (mirror === undefined) {
      throw new RangeError(`there is no mirror ${place}`);
    }
    return mirror;
  }

  #heldBytes(answer: bigint): Uint8Array {
    const bytes = this.#held.get(answer);
    if (bytes === undefined) {
      throw new RangeError(`nothing is held of the answer ${answer}`);
    }
    return bytes;
  }
}

function failureOf(outcome: Outcome): ClientErrorRecord | undefined {
  switch (outcome.tag) {
    case "refresh-failed":
      return outcome.val;
    case "search-failed":
    case "transfer-failed":
      return outcome.val.error;
    default:
      return undefined;
  }
}

function outOfOrder({ tag }: Outcome): SandboxError {
  return new SandboxError(`the verifier broke off: it answered ${tag}, out of order`, "sandbox-trapped");
}
