import type { Json } from "@gatehouse/shared/kit/canonical-json.ts";

/** Keys whose values open something: passwords, keys, tokens, addresses with a password in them. */
const SECRET_KEY = /secret|password|passphrase|token|private|credential|^pin$|^key$|api_?key/i;
const URL_WITH_LOGIN = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;
/** Cameras and call centres that take their login as a parameter: `?user=admin&password=...`. */
const SECRET_PARAMETER = /([?&/;](?:pass(?:word|wd)?|pwd|token|secret|key|api_?key|auth)=)[^&\s;/]+/gi;

/** The data without what opens something: values of such keys become `removed`, logins in addresses are cut out. */
export function withoutSecrets(data: Json): Json {
  if (typeof data === "string")
    return data.replace(URL_WITH_LOGIN, "$1removed@").replace(SECRET_PARAMETER, "$1removed");
  if (data === null || typeof data !== "object") return data;
  if (Array.isArray(data)) return data.map((item: Json) => withoutSecrets(item));
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      SECRET_KEY.test(key) && typeof value === "string" ? "removed" : withoutSecrets(value ?? null),
    ]),
  );
}

/** Keys that hold a plate, or a person's ticket, card or code, in what the agent tells. */
const PERSONAL_KEY = new Set([
  "plate",
  "value",
  "raw",
  "normalised",
  "matched",
  "ticket",
  "plates",
  "values",
  "code_shown",
]);
/** Keys of what was never understood, so that nobody can tell whether a plate is in it: a camera's own bytes. */
const OPAQUE_KEY = new Set(["excerpt"]);

/** A shorter code is too likely another word. */
const SHORTEST_IN_TEXT = 4;

export interface Redaction {
  /** The data with each plate and code replaced by a name that stays the same within this redaction: `plate-1`. */
  data(data: Json): Json;
  /** The text with every value that was replaced in data before. */
  text(text: string): string;
}

/** Takes plates and codes out of what leaves the lot; which vehicle is the same as which can still be told. */
export function redaction(): Redaction {
  const names = new Map<string, string>();
  const nameOf = (value: string): string => {
    const key = value.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");
    const name = names.get(key) ?? `plate-${names.size + 1}`;
    names.set(key, name);
    return name;
  };
  const cleanKey = (key: string, value: Json): Json =>
    OPAQUE_KEY.has(key) && typeof value === "string"
      ? `removed, ${value.length} characters`
      : clean(value, PERSONAL_KEY.has(key));
  function clean(data: Json, isPersonal: boolean): Json {
    if (typeof data === "string") return isPersonal && data !== "" ? nameOf(data) : data;
    if (data === null || typeof data !== "object") return data;
    if (Array.isArray(data)) return data.map((item: Json) => clean(item, isPersonal));
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, cleanKey(key, value ?? null)]));
  }
  return {
    data: (data) => clean(data, false),
    text: (text) => {
      const keys = [...names.keys()].filter((key) => key.length >= SHORTEST_IN_TEXT);
      if (keys.length === 0) return text;
      const spelled = keys.sort((a, b) => b.length - a.length).map((key) => [...key].map(escaped).join("[ .-]*"));
      const any = new RegExp(`(?<![\\p{L}\\p{N}])(?:${spelled.join("|")})(?![\\p{L}\\p{N}])`, "giu");
      return text.replace(any, (word) => nameOf(word));
    },
  };
}

/** One letter or digit, as a pattern that means itself. */
function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
}
