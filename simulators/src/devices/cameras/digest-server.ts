import { createHash } from "node:crypto";
import type { Random } from "@gatehouse/shared/kit/random.ts";

export interface DigestServerOptions {
  readonly user: string;
  readonly password: string;
  readonly random: Random;
  /** What the firmware offers, in this order. */
  readonly algorithms: readonly ("MD5" | "SHA-256")[];
  /** Requests after which a nonce is worn out. */
  readonly nonceLife: number;
  /** Whether a worn nonce is told as `stale`, which not all firmware does. */
  readonly saysStale: boolean;
}

/** A camera's side of HTTP Digest (RFC 7616): refuses a counter that doesn't rise, and wears its nonces out. */
export class DigestServer {
  readonly #options: DigestServerOptions;
  #nonce = "";
  #uses = 0;
  #lastCount = 0;
  /** Why requests with an Authorization were refused, in order. */
  readonly refusals: string[] = [];

  constructor(options: DigestServerOptions) {
    this.#options = options;
    this.#renew();
  }

  /** Null when the request may pass, else the WWW-Authenticate headers of a 401. */
  check(method: string, uri: string, authorization: string | undefined): readonly string[] | null {
    if (authorization === undefined) return this.#challenges(false);
    const why = this.#refuses(method, uri, fieldsOf(authorization));
    if (why === null) return null;
    this.refusals.push(why);
    return this.#challenges(why === "stale");
  }

  #refuses(method: string, uri: string, fields: ReadonlyMap<string, string>): string | null {
    const { user, password, algorithms, nonceLife } = this.#options;
    const field = (name: string): string => fields.get(name) ?? "";
    if (field("nonce") !== this.#nonce) return "stale";
    const count = Number.parseInt(field("nc"), 16);
    if (!(count > this.#lastCount)) return "nc";
    this.#lastCount = count;
    const algorithm = algorithms.find((one) => one === field("algorithm"));
    if (algorithm === undefined) return "algorithm";
    const hash = (text: string): string =>
      createHash(algorithm === "MD5" ? "md5" : "sha256")
        .update(text)
        .digest("hex");
    const ha1 = hash(`${user}:${REALM}:${password}`);
    const ha2 = hash(`${method}:${uri}`);
    const tail = `${field("nc")}:${field("cnonce")}:${field("qop")}`;
    if (field("uri") !== uri || field("username") !== user) return "uri or user";
    if (field("response") !== hash(`${ha1}:${this.#nonce}:${tail}:${ha2}`)) return "response";
    if (++this.#uses <= nonceLife) return null;
    this.#renew();
    return "stale";
  }

  #challenges(isStale: boolean): readonly string[] {
    const { algorithms, saysStale } = this.#options;
    const stale = isStale && saysStale ? ", stale=true" : "";
    return algorithms.map(
      (algorithm) =>
        `Digest realm="${REALM}", qop="auth", algorithm=${algorithm}, nonce="${this.#nonce}", opaque="ab\\"c"${stale}`,
    );
  }

  #renew(): void {
    this.#nonce = Buffer.from(this.#options.random.bytes(16)).toString("hex");
    this.#uses = 0;
    this.#lastCount = 0;
  }
}

const REALM = "Login to SIM0123456789";

function fieldsOf(authorization: string): ReadonlyMap<string, string> {
  return new Map(
    [...authorization.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map(
      ([, name = "", quoted, plain]) => [name, quoted ?? plain ?? ""] as const,
    ),
  );
}
