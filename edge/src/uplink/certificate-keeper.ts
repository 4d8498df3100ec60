import type { Clock, MonoMs, Timer, WallMs } from "@gatehouse/shared/kit/clock.ts";
import { HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { CertificateTime } from "./certificate-time.ts";
import { certificateState, type Identity, loadRenewed, saveRenewed, takeRenewed } from "./identity.ts";
import { isLinkError, type LinkErrorCode } from "./link-errors.ts";
import type { UplinkLog } from "./ports.ts";
import { askForRenewal, type RenewalCall, RenewalRefused, sayInUse } from "./renew.ts";
import type { HubSession, OpenHubSession } from "./session-port.ts";

/** How often the certificate is looked at. */
const LOOK_EVERY_MS = MINUTE_MS;
/** Between two requests to the hub: an approval is in force within this. */
const ASK_EVERY_MS = 4 * MINUTE_MS;
/** After the hub said that it is too early: this computer's clock is ahead, or the lot's time is simulated. */
const TOO_EARLY_WAIT_MS = 6 * HOUR_MS;
/** The hub may not know the certificate that was shown, or know it as expired or replaced. */
const REFUSALS: ReadonlySet<LinkErrorCode> = new Set(["tls_refused", "broker_refused", "subscription_refused"]);

export interface CertificateKeeperOptions {
  /** Where the identity is stored. */
  readonly directory: string;
  readonly identity: Identity;
  /** Of the configuration, for identities that don't know where they were enrolled. */
  readonly provisioningUrl: string | null;
  readonly serial: string;
  readonly openSession: OpenHubSession;
  readonly clock: Clock;
  /** The best that is known of the wall time. */
  readonly now: () => WallMs;
  readonly certificateTime: () => CertificateTime;
  readonly log: UplinkLog;
}

/** Renews this edge's certificate in time. The lanes never wait for it. */
export interface CertificateKeeper {
  /** Connects with the certificate that is to be used. */
  readonly openSession: OpenHubSession;
  run(): void;
  stop(): void;
  /** The identity in use. */
  identity(): Identity;
  /** Why there is no new certificate although it is time for one; null when all is well. */
  problem(): string | null;
}

/**
 * From two thirds of the certificate's life on, asks the hub for the next one. It is stored beside the one in use, then
 * tried; only when the hub was reached with it and has agreed does it take the other's place, by one rename. A power cut
 * before that leaves both, and whichever the hub accepts is used.
 */
export function createCertificateKeeper(options: CertificateKeeperOptions): CertificateKeeper {
  return new Keeper(options);
}

class Keeper implements CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #ending = new AbortController();
  #held: Identity;
  /** Received, and not yet agreed to be in use. */
  #renewed: Identity | null;
  /** The renewed one was refused: the next connection is tried with the other. */
  #isRenewedPassedOver = false;
  /** The last connection was refused. */
  #isRefused = false;
  #connected: { readonly session: HubSession; readonly identity: Identity } | null = null;
  #isWorking = false;
  #askNotBefore: MonoMs | null = null;
  #problem: string | null = null;
  #timer: Timer | null = null;

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    this.#held = options.identity;
    this.#renewed = loadRenewed(options.directory, options.identity);
  }

  readonly openSession: OpenHubSession = async (request) => {
    const identity = this.#renewed === null || this.#isRenewedPassedOver ? this.#held : this.#renewed;
    const { privateKey, certificate } = identity;
    try {
      const session = await this.#options.openSession({
        ...request,
        identity: { ...request.identity, privateKey, certificate },
      });
      this.#opened(session, identity);
      return session;
    } catch (error) {
      if (isLinkError(error) && REFUSALS.has(error.code)) this.#refused(identity);
      throw error;
    }
  };

  run(): void {
    this.#timer = this.#options.clock.every(LOOK_EVERY_MS, () => void this.#look());
    void this.#look();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#ending.abort();
  }

  identity(): Identity {
    return this.#held;
  }

  problem(): string | null {
    return this.#problem;
  }

  #opened(session: HubSession, identity: Identity): void {
    this.#isRefused = false;
    const connected = { session, identity };
    this.#connected = connected;
    void session.closed.then(() => {
      if (this.#connected === connected) this.#connected = null;
    });
    if (identity === this.#renewed) void this.#look();
  }

  #refused(identity: Identity): void {
    this.#isRefused = true;
    this.#isRenewedPassedOver = identity === this.#renewed;
    void this.#look();
  }

  /** Does what is to be done now. Never rejects. */
  async #look(): Promise<void> {
    if (this.#isWorking || this.#ending.signal.aborted) return;
    this.#isWorking = true;
    try {
      if (this.#renewed !== null && this.#connected?.identity === this.#renewed) await this.#finish(this.#renewed);
      else if (this.#isDue()) await this.#renew();
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#failed(error);
    } finally {
      this.#isWorking = false;
    }
  }

  #isDue(): boolean {
    const { clock, now } = this.#options;
    if (this.#askNotBefore !== null && clock.mono() < this.#askNotBefore) return false;
    const { state } = certificateState(this.#held, now());
    return this.#isRefused || state === "renew_soon" || state === "expired";
  }

  async #renew(): Promise<void> {
    const { directory, serial, log } = this.#options;
    this.#waitBeforeAsking(ASK_EVERY_MS);
    const call = this.#callAs(this.#held);
    if (call === null) return this.#say("The certificate can't be renewed: set GATEHOUSE_PROVISIONING_URL.");
    const renewed = await askForRenewal(call, serial);
    if (this.#ending.signal.aborted) return;
    saveRenewed(directory, renewed);
    this.#renewed = renewed;
    this.#isRenewedPassedOver = false;
    log.info({}, "The hub has given this edge its next certificate; the connection is made anew with it.");
    // The uplink connects again by itself. A goodbye could wait on a dead link.
    this.#connected?.session.abort();
  }

  /** The connection stands with the renewed certificate. */
  async #finish(renewed: Identity): Promise<void> {
    const { directory, log } = this.#options;
    const call = this.#callAs(renewed);
    if (call === null) return;
    await sayInUse(call);
    if (this.#ending.signal.aborted) return;
    takeRenewed(directory);
    this.#held = renewed;
    this.#renewed = null;
    this.#problem = null;
    log.info({}, "The renewed certificate is in use.");
  }

  #failed(error: unknown): void {
    if (!(error instanceof RenewalRefused && error.code === "renewal_not_due")) return this.#say(errorMessage(error));
    this.#waitBeforeAsking(TOO_EARLY_WAIT_MS);
    this.#problem = null;
  }

  #waitBeforeAsking(ms: number): void {
    this.#askNotBefore = (this.#options.clock.mono() + ms) as MonoMs;
  }

  #say(problem: string): void {
    if (problem !== this.#problem) this.#options.log.warn({}, problem);
    this.#problem = problem;
  }

  #callAs(identity: Identity): RenewalCall | null {
    const { clock, certificateTime } = this.#options;
    const provisioningUrl = identity.provisioningUrl ?? this.#options.provisioningUrl;
    if (provisioningUrl === null) return null;
    return { identity, provisioningUrl, clock, certificateTime, signal: this.#ending.signal };
  }
}
