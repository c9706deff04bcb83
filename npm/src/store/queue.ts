/** A lock between the tasks of one process. */

/** Lets one task in at a time, in the order of arrival. */
export class Queue {
  /** Whether somebody is inside. */
  #isTaken = false;
  readonly #waiting: (() => void)[] = [];

  /** Whether nobody is inside and nobody waits. */
  get isIdle(): boolean {
    return !this.#isTaken;
  }

  /**
   * Waits until it is this task's turn, and returns what ends it. Calls `waiting` once where it must wait.
   *
   * @throws the signal's reason, once it is aborted.
   */
  async enter(waiting: () => void, signal?: AbortSignal): Promise<() => void> {
    if (this.#isTaken) {
      waiting();
    }
    signal?.throwIfAborted();
    if (this.#isTaken) {
      await this.#turn(signal);
    }
    this.#isTaken = true;
    let isInside = true;
    return () => {
      if (isInside) {
        isInside = false;
        this.#leave();
      }
    };
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal?.reason);
      };
      this.#waiting.push(enter);
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** Hands the turn on: nobody else can take it in between. */
  #leave(): void {
    const next = this.#waiting.shift();
    this.#isTaken = next !== undefined;
    next?.();
  }
}
