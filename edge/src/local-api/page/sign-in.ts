import { createHash, timingSafeEqual } from "node:crypto";
import { type Clock, later, type MonoMs, sleep } from "@gatehouse/shared/kit/clock.ts";
import { HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { isPassword, readPassword } from "./password-file.ts";

/** How long a session lasts: a working day. */
export const SESSION_MS = 12 * HOUR_MS;
/** Sessions at a time; the oldest gives way. */
const MAX_SESSIONS = 16;
/** Addresses whose wrong tries are remembered; the oldest is forgotten. */
const MAX_ADDRESSES = 1_024;
/** Passwords that are computed at a time; each takes 32 MiB. */
const MAX_CHECKS = 2;
/** The answer to a wrong password waits longer each time, up to this: nobody is ever locked out. */
const DELAY_FIRST_MS = 250;
const DELAY_MAX_MS = 8_000;

export interface Session {
  /** Each form carries it back, so that another site's form is told from ours. */
  readonly formToken: string;
  readonly from: string;
  readonly until: MonoMs;
  readonly salt: string;
  /** What the last order came to, shown once. */
  said: { readonly ok: boolean; readonly message: string } | null;
}

export type SignInAnswer =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly why: "wrong" | "busy" | "no_password" };

export interface SignInOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly dataDir: string;
}

/**
 * Who is logged in to the technician's page. There is one password, set at the lot; tokens live in memory only, so a
 * restart logs everybody out. A wrong password is answered late, and later each time from the same address; a right one is
 * always taken, so that nobody who tries wrong ones can lock the technician out.
 */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #wrong = new Map<string, number>();
  readonly #waiting = new Set<string>();
  #checks = 0;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  async signIn(address: string, password: string): Promise<SignInAnswer> {
    const { clock, random, dataDir } = this.#options;
    const kept = await readPassword(dataDir);
    if (kept === null) return { ok: false, why: "no_password" };
    if (this.#waiting.has(address) || this.#checks >= MAX_CHECKS) return { ok: false, why: "busy" };
    this.#waiting.add(address);
    this.#checks++;
    const isRight = await isPassword(kept, password).finally(() => this.#checks--);
    if (!isRight) await sleep(clock, this.#delay(address));
    this.#waiting.delete(address);
    if (!isRight) return { ok: false, why: "wrong" };
    this.#wrong.delete(address);
    const token = Buffer.from(random.bytes(32)).toString("base64url");
    const formToken = Buffer.from(random.bytes(32)).toString("base64url");
    bound(this.#sessions, MAX_SESSIONS);
    const until = later(clock.mono(), SESSION_MS);
    this.#sessions.set(digest(token), { formToken, from: address, until, salt: kept.salt, said: null });
    return { ok: true, token };
  }

  /** The session of a token; null when there is none, it is over, or the password was changed since. */
  async session(token: string | undefined): Promise<Session | null> {
    if (token === undefined) return null;
    const key = digest(token);
    const session = this.#sessions.get(key);
    if (!session) return null;
    const kept = await readPassword(this.#options.dataDir);
    if (session.until > this.#options.clock.mono() && kept?.salt === session.salt) return session;
    this.#sessions.delete(key);
    return null;
  }

  signOut(token: string | undefined): void {
    if (token !== undefined) this.#sessions.delete(digest(token));
  }

  hasPassword(): Promise<boolean> {
    return readPassword(this.#options.dataDir).then((kept) => kept !== null);
  }

  #delay(address: string): number {
    const times = this.#wrong.get(address) ?? 0;
    this.#wrong.delete(address);
    bound(this.#wrong, MAX_ADDRESSES);
    this.#wrong.set(address, times + 1);
    return Math.min(DELAY_MAX_MS, DELAY_FIRST_MS * 2 ** Math.min(times, 10));
  }
}

/** Whether a form's token is the session's own, in constant time. */
export function isFormToken(session: Session, token: string): boolean {
  return timingSafeEqual(Buffer.from(digest(session.formToken)), Buffer.from(digest(token)));
}

/** Makes room for one more: a map forgets what it has held longest. */
function bound(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.keys();
  if (map.size >= most && oldest !== undefined) map.delete(oldest);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
