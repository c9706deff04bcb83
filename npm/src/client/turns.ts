/** Tasks that take turns. */

/** Runs tasks one after another, in the order in which they were handed in. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the task once those before it have ended, however they ended. */
  take<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
