/** Tasks that run side by side, or alone. */

/** Lets tasks in side by side; one that is to be alone waits for those inside, and those that come later wait for it. */
export class Gate {
  readonly #inside = new Set<Promise<unknown>>();
  /** The last task that is to be alone. */
  #alone: Promise<unknown> = Promise.resolve();

  /** Runs the task beside others. */
  async beside<T>(task: () => Promise<T>): Promise<T> {
    for (let last; last !== this.#alone; ) {
      last = this.#alone;
      await last;
    }
    const running = task();
    this.#inside.add(running);
    try {
      return await running;
    } finally {
      this.#inside.delete(running);
    }
  }

  /** Runs the task when no other does, in the order in which they were handed in. */
  alone<T>(task: () => Promise<T>): Promise<T> {
    const running = this.#alone.then(() => Promise.allSettled(this.#inside)).then(task);
    this.#alone = running.catch(() => undefined);
    return running;
  }
}
