/** Time, as far as time limits need it. */

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
