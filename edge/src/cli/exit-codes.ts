/** Exit codes of `gate`, stable for scripts. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notAuthorised: 3, notReachable: 4, refusedBySafety: 5 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with one sentence on standard error and an exit code. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
