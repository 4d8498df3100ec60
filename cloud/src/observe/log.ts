import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { DrizzleQueryError } from "drizzle-orm";
import { destination, type Logger, pino } from "pino";

/** Frames of a stack that are kept. */
const MAX_FRAMES = 12;

/** Structured lines on standard error. Nothing of a failed query but its cause is written: parameters hold plates. */
export function createLog(level: string): Logger {
  return pino({ level, base: null, serializers: { err: describeError } }, destination({ fd: 2, sync: true }));
}

interface DescribedError {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: readonly string[];
}

/** SQLSTATE class 22, data exceptions: the only ones whose message quotes the value (PostgreSQL, appendix A). */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

/**
 * An error without data: a query's text and parameters, a constraint's detail line, and what Postgres says of a value
 * are left out.
 */
export function describeError(thrown: unknown): DescribedError {
  const error = thrown instanceof DrizzleQueryError ? (thrown.cause ?? thrown) : thrown;
  const code = errorCode(error);
  const coded = code === undefined ? {} : { code };
  if (!(error instanceof Error)) return { type: typeof error, message: "something that is no error was thrown" };
  const isDataException = code !== undefined && DATA_EXCEPTION.test(code);
  const message = error instanceof DrizzleQueryError || isDataException ? "a query failed" : error.message;
  // Refusals of ours are expected and say all; others need their place.
  if (error instanceof GatehouseError) return { type: error.name, ...coded, message };
  return { type: error.name, ...coded, message, stack: frames(error) };
}

function frames({ stack = "" }: Error): readonly string[] {
  return stack
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim());
}
