/** Something that the person at the keyboard can put right; the message says how, and no stack trace is shown. */
export class SetupError extends Error {
  constructor(message, { exitCode = 1, cause } = {}) {
    super(message, { cause });
    this.name = "SetupError";
    this.exitCode = exitCode;
  }
}
