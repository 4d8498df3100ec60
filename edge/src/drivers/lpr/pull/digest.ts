import { createHash } from "node:crypto";
import type { Random } from "@gatehouse/shared/kit/random.ts";

const CNONCE_BYTES = 16;
/** Hash of each algorithm of RFC 7616 that is accepted; the stronger first. */
const HASHES = new Map([
  ["SHA-256", "sha256"],
  ["SHA-256-SESS", "sha256"],
  ["MD5", "md5"],
  ["MD5-SESS", "md5"],
]);

interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  readonly algorithm: string;
  /** `auth`, or null for a server of RFC 2069. */
  readonly qop: "auth" | null;
  readonly isStale: boolean;
}

export interface DigestRequest {
  readonly method: string;
  /** The request's target as it is sent, with its query. */
  readonly uri: string;
}

export interface DigestOptions {
  readonly user: string;
  readonly password: string;
  readonly random: Random;
  /** Whether the password may go out as it is: the connection is encrypted, or the site file says so. */
  readonly allowsBasic: boolean;
}

/**
 * What a 401 means: try again with what was asked for; the user or password is wrong; or only Basic is offered, where it
 * is not allowed, or where the camera could do Digest before and so may be another one.
 */
export type ChallengeAnswer = "try_again" | "refused" | "basic_not_allowed" | "downgraded";

/**
 * A client's side of HTTP authentication: Digest (RFC 7616) with MD5 or SHA-256, and, where it is allowed, Basic (RFC 7617)
 * for a camera that has never offered anything better: what asks for the password in clear after that is refused, because
 * whoever sits between us and the camera could ask so too. One nonce is used for many requests, counted in `nc`, which
 * never falls back.
 */
export class HttpAuth {
  readonly #options: DigestOptions;
  #challenge: DigestChallenge | "basic" | null = null;
  #nonceCount = 0;
  #sessionNonce = "";
  #wasAccepted = false;
  #knowsDigest = false;

  constructor(options: DigestOptions) {
    this.#options = options;
  }

  /** The Authorization header of the next request; null before the first challenge. */
  header(request: DigestRequest): string | null {
    const { user, password } = this.#options;
    if (this.#challenge === null) return null;
    if (this.#challenge === "basic") return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    this.#nonceCount++;
    return this.#digest(this.#challenge, request);
  }

  /**
   * Takes the WWW-Authenticate header of a 401; `hadHeader` tells whether the request had an Authorization. A nonce that
   * was good once and isn't any more is worn out, also where firmware doesn't say `stale`; else the password is wrong.
   */
  challenged(wwwAuthenticate: string, hadHeader: boolean): ChallengeAnswer {
    const next = chooseChallenge(wwwAuthenticate);
    if (next === null) return "refused";
    if (next === "basic" && this.#knowsDigest) return "downgraded";
    if (next === "basic" && !this.#options.allowsBasic) return "basic_not_allowed";
    this.#knowsDigest ||= next !== "basic";
    const isWorn = this.#wasAccepted || (next !== "basic" && next.isStale);
    if (next === "basic" || this.#challenge === "basic" || next.nonce !== this.#challenge?.nonce) {
      this.#nonceCount = 0;
      this.#sessionNonce = this.#clientNonce();
    }
    this.#challenge = next;
    this.#wasAccepted = false;
    return !hadHeader || isWorn ? "try_again" : "refused";
  }

  /** A request with our header was let in. */
  accepted(): void {
    this.#wasAccepted = true;
  }

  #digest(challenge: DigestChallenge, { method, uri }: DigestRequest): string {
    const { user, password } = this.#options;
    const { realm, nonce, algorithm, qop, opaque } = challenge;
    const hash = (text: string): string =>
      createHash(HASHES.get(algorithm.toUpperCase()) ?? "md5")
        .update(text)
        .digest("hex");
    const isSession = /-sess$/i.test(algorithm);
    const cnonce = isSession ? this.#sessionNonce : this.#clientNonce();
    const nc = this.#nonceCount.toString(16).padStart(8, "0");
    const secret = hash(`${user}:${realm}:${password}`);
    const ha1 = isSession ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
    const ha2 = hash(`${method}:${uri}`);
    const response = hash(qop === null ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
    const fields = [
      `username=${quoted(user)}`,
      `realm=${quoted(realm)}`,
      `nonce=${quoted(nonce)}`,
      `uri=${quoted(uri)}`,
      `algorithm=${algorithm}`,
      `response="${response}"`,
      ...(qop === null ? [] : [`qop=${qop}`, `nc=${nc}`, `cnonce="${cnonce}"`]),
      ...(opaque === null ? [] : [`opaque=${quoted(opaque)}`]),
    ];
    return `Digest ${fields.join(", ")}`;
  }

  #clientNonce(): string {
    return Buffer.from(this.#options.random.bytes(CNONCE_BYTES)).toString("hex");
  }
}

/** The strongest of the challenges that we can answer; null when there is none. */
function chooseChallenge(header: string): DigestChallenge | "basic" | null {
  const schemes = header.split(/(?:^|,)\s*(?=(?:Digest|Basic)\s)/i).map((part) => part.trim());
  const digests = schemes.flatMap((part) => (/^Digest\s/i.test(part) ? (digestOf(part) ?? []) : []));
  const strength = [...HASHES.keys()];
  digests.sort((one, other) => strength.indexOf(upper(one)) - strength.indexOf(upper(other)));
  return digests[0] ?? (schemes.some((part) => /^Basic\s/i.test(part)) ? "basic" : null);
}

function upper({ algorithm }: DigestChallenge): string {
  return algorithm.toUpperCase();
}

function digestOf(text: string): DigestChallenge | null {
  const fields = new Map<string, string>();
  for (const [, name = "", quotedText, plain] of text.matchAll(/([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi))
    fields.set(name.toLowerCase(), quotedText?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "");
  const algorithm = fields.get("algorithm") ?? "MD5";
  const nonce = fields.get("nonce");
  const qops =
    fields
      .get("qop")
      ?.split(",")
      .map((one) => one.trim().toLowerCase()) ?? null;
  if (nonce === undefined || !HASHES.has(algorithm.toUpperCase())) return null;
  if (qops !== null && !qops.includes("auth")) return null;
  return {
    realm: fields.get("realm") ?? "",
    nonce,
    opaque: fields.get("opaque") ?? null,
    algorithm,
    qop: qops === null ? null : "auth",
    isStale: fields.get("stale")?.toLowerCase() === "true",
  };
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
