import { confusableKey } from "@gatehouse/shared/domain/plate/normalise.ts";

export type TermKind = "plate" | "code" | "session" | "pool";

export interface Term {
  readonly kind: TermKind;
  readonly term: string;
}

/**
 * What an item can be found by at a lane. Reads only the fields it needs, leniently: an item of a newer cloud with more
 * fields is still indexed, and one without them simply is not found by them.
 */
export function termsOf(collection: string, value: string): readonly Term[] {
  switch (collection) {
    case "permits": {
      const permit = parseObject(value);
      return [...plates(permit.plates), ...texts("code", permit.codes), ...texts("pool", permit.pool_id)];
    }
    case "reservations": {
      const reservation = parseObject(value);
      return [...plates(reservation.plate), ...texts("code", reservation.code)];
    }
    case "blocklist":
      return plates(parseObject(value).plate);
    case "accounts":
      return plates(parseObject(value).plates);
    case "validations": {
      const validation = parseObject(value);
      return [...texts("code", validation.code), ...texts("session", validation.session_id)];
    }
    case "credits":
      return texts("session", parseObject(value).session_id);
    default:
      return [];
  }
}

function plates(value: unknown): Term[] {
  const keys = strings(value).map(confusableKey);
  return [...new Set(keys)].map((term) => ({ kind: "plate", term }));
}

function texts(kind: TermKind, value: unknown): Term[] {
  return [...new Set(strings(value))].map((term) => ({ kind, term }));
}

function strings(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((one): one is string => typeof one === "string");
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
