/**
 * An error with a closed code, so that a transport maps it once and nobody matches on message text.
 * `message` is one sentence that its reader can act on; `details` are plain data for logs and API answers and hold
 * no plate, e-mail address or token.
 */
export class GatehouseError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "GatehouseError";
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** The text of anything that was thrown. */
export function errorMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The closed code of a thrown system or Gatehouse error (`ENOSPC`, `SQLITE_FULL`, ...), or undefined. */
export function errorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
