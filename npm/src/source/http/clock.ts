/** Time, as far as time limits and waits need it. */

/** A clock. */
export interface Clock {
  /** Milliseconds since some moment. Never goes back. */
  now(): number;
  /** Calls back after this many milliseconds. Returns what cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The clock of the runtime. */
export const runtimeClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, callback) {
    if (milliseconds === Infinity) {
      return () => undefined;
    }
    // A longer timer would end at once.
    const timer = setTimeout(callback, Math.min(milliseconds, 0x7fff_ffff));
    return () => clearTimeout(timer);
  },
};

/** Waits this many milliseconds. @throws the signal's reason, once it is aborted. */
export function sleep(clock: Clock, milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(milliseconds, () => {
      signal?.removeEventListener("abort", giveUp);
      resolve();
    });
    signal?.addEventListener("abort", giveUp, { once: true });
    if (signal?.aborted === true) {
      giveUp();
    }
  });
}
