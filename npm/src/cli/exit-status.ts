/** The exit statuses. They are documented in `docs/npm.md` and do not change; cargo-tuf has the same numbers. */

/** How a command ended. */
export const ExitStatus = {
  /** Everything that was asked for was verified and done. */
  success: 0,
  /** Something that the repository cannot vouch for was to be used; nothing was installed. */
  notCovered: 1,
  /** The command line, a configuration file, the trusted root or a folder cannot be used; nothing was verified. */
  usage: 2,
  /** A verification failed: an attack, or a broken repository. */
  verificationFailed: 40,
  /** The repository says that it does not have what was asked for. */
  notInRepository: 41,
  /** The metadata is expired, or older than what was trusted before. */
  expiredOrRolledBack: 42,
  /** The metadata needs keys, hashes or a form that this version does not support; nothing was verified, no attack was seen. */
  unsupported: 43,
  /** No answer from the repository; nothing was verified. */
  network: 68,
  /** Everything was verified, and npm itself failed. */
  npmFailed: 101,
  /** Interrupted by the user. */
  interrupted: 130,
} as const;

/** A status of {@link ExitStatus}. */
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

/** Whether a status is an answer about what was asked for, and not about the circumstances. */
export function isAnswer(status: ExitStatus): boolean {
  const answers: readonly ExitStatus[] = [
    ExitStatus.notCovered,
    ExitStatus.verificationFailed,
    ExitStatus.notInRepository,
    ExitStatus.expiredOrRolledBack,
    ExitStatus.unsupported,
  ];
  return answers.includes(status);
}
