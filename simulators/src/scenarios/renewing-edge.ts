import { X509Certificate } from "node:crypto";
import { type CertificateKeeper, createCertificateKeeper } from "@gatehouse/edge/uplink/certificate-keeper.ts";
import { TRUSTED_CLOCK } from "@gatehouse/edge/uplink/certificate-time.ts";
import { openHubSession } from "@gatehouse/edge/uplink/hub-session.ts";
import { type Identity, loadIdentity } from "@gatehouse/edge/uplink/identity.ts";
import type { HubSession } from "@gatehouse/edge/uplink/session-port.ts";
import { type Clock, sleep, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { MortalClock } from "../simulation/mortal-clock.ts";

const real = systemClock();
const RENEW_MAX_MS = 30_000;
const LOOK_MS = 20;

/** The true time as a hub sees it whose clock lags behind by `lag.ms`: certificates that it gives out are that much older. */
export function laggingClock(lag: { readonly ms: number }): Clock {
  return new MortalClock(real, { isOver: false }, () => -lag.ms);
}

/** A running edge as far as its certificate goes; `kill` ends it where it stands, as a power cut would. */
export class RenewingEdge {
  readonly clock = new ManualClock({ wall: real.wall() });
  readonly keeper: CertificateKeeper;
  readonly #ending = new AbortController();
  readonly #directory: string;
  readonly #identity: Identity;
  session: HubSession | null = null;

  /** `identity`: another one than that of the folder, such as an earlier one. */
  constructor(from: string, { clockOffMs = 0, identity = identityIn(from) } = {}) {
    this.#directory = from;
    this.#identity = identity;
    this.keeper = createCertificateKeeper({
      directory: from,
      identity,
      provisioningUrl: null,
      serial: "pi",
      openSession: openHubSession,
      // Days go by at once, and a call to the hub still has its time.
      clock: {
        wall: () => this.clock.wall(),
        mono: () => this.clock.mono(),
        after: (delayMs, fire) => real.after(delayMs, fire),
        every: (periodMs, fire) => this.clock.every(periodMs, fire),
      },
      now: () => wallMs(this.clock.wall() + clockOffMs),
      certificateTime: TRUSTED_CLOCK,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
  }

  /** Connects once; gives the error's code, or null. */
  async connect(): Promise<string | null> {
    const { operatorId, lotId } = this.#identity;
    try {
      this.session = await this.keeper.openSession({
        identity: this.#identity,
        lot: { operatorId, lotId },
        clock: real,
        will: JSON.stringify({ v: 4, device_id: this.#identity.deviceId, online: false, at: 0 }),
        keepaliveSeconds: 15,
        connectTimeoutMs: 10_000,
        signal: this.#ending.signal,
        certificateTime: TRUSTED_CLOCK,
        onMessage: () => Promise.resolve(),
      });
      return null;
    } catch (error) {
      return error instanceof Error && "code" in error ? String(error.code) : "unknown";
    }
  }

  /** Goes on, connecting whenever it is cut off, until the certificate in use is another than `than`. */
  async renewed(than: string): Promise<void> {
    const end = real.mono() + RENEW_MAX_MS;
    while (serialIn(this.#directory) === than || !loadIdentity(this.#directory).ok) {
      if (real.mono() > end) throw new Error("The certificate was not renewed in time.");
      if (await this.isCutOff()) await this.connect();
      this.clock.advance(MINUTE_MS);
      await sleep(real, LOOK_MS);
    }
  }

  async isCutOff(): Promise<boolean> {
    if (this.session === null) return true;
    const isOpen = Symbol("open");
    return (await Promise.race([this.session.closed, Promise.resolve(isOpen)])) !== isOpen;
  }

  kill(): void {
    this.keeper.stop();
    this.#ending.abort();
    this.session?.abort();
  }
}

function identityIn(folder: string): Identity {
  const loaded = loadIdentity(folder);
  if (!loaded.ok) throw loaded.error;
  return loaded.value;
}

/** The serial of the certificate that is in use in a folder. */
export function serialIn(folder: string): string {
  const loaded = loadIdentity(folder);
  return loaded.ok ? serialOf(loaded.value) : "none";
}

export function serialOf({ certificate }: Identity): string {
  return new X509Certificate(certificate).serialNumber;
}
