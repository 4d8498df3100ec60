import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";

/**
 * What a log may say of a failure. The query builder puts a statement's parameters, plates among them, into its error's
 * message, so only the innermost cause is told, and of an error of Postgres only its code where it has one.
 */
export function failureText(thrown: unknown): string {
  let inner = thrown;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  const code = errorCode(inner);
  return code === undefined ? errorMessage(inner) : `error ${code}`;
}
