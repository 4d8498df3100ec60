import type { ClockQuality, LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock, WallMs } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { retryUntil, type Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { Logger } from "pino";
import { type CertificateKeeper, createCertificateKeeper } from "../uplink/certificate-keeper.ts";
import type { CertificateTime } from "../uplink/certificate-time.ts";
import type { LotTime } from "../uplink/cloud-clock.ts";
import { enrol } from "../uplink/enrol.ts";
import { certificateState, type Identity, loadIdentity } from "../uplink/identity.ts";
import type { OpenHubSession } from "../uplink/session-port.ts";
import type { Uplink } from "../uplink/uplink.ts";

const ENROL_BACKOFF = { firstMs: 1_000, maxMs: 60_000, jitter: 0.3 };

export interface CloudLinkOptions {
  readonly directory: string;
  readonly provisioningUrl: string | null;
  readonly enrolmentToken: string | null;
  readonly serial: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** How the hub is reached. */
  readonly openSession: OpenHubSession;
  /** What is known of the time when a certificate's dates don't fit this computer's clock. */
  readonly certificateTime: () => CertificateTime;
  /** The uplink connects by `openSession`, which shows the certificate in force. */
  readonly createUplink: (identity: Identity, openSession: OpenHubSession) => Uplink;
}

/** The agent's way to the cloud: enrols a new edge when it can, then keeps the uplink. The lanes never wait for it. */
export interface CloudLink extends Service {
  state(): { readonly state: LinkState; readonly detail: string };
  /** Null while the cloud's time was never measured. */
  clockQuality(): ClockQuality | null;
  /** This computer's time where the cloud's shows it to be right, else the cloud's; null while it was never measured. */
  lotTime(): LotTime | null;
  certificateEndsAt(): WallMs | null;
  /** Enrols by hand, anew where it was before, and connects at once. Rejects as `enrol` does; then all stays as it was. */
  enrol(ask: { readonly token: string; readonly provisioningUrl: string | null }): Promise<void>;
}

/** `run` resolves at once: enrolling and connecting go on beside the lanes, until `stop`. */
export function createCloudLink(options: CloudLinkOptions): CloudLink {
  const { log, clock } = options;
  const stopping = new AbortController();
  let keeper: CertificateKeeper | null = null;
  let uplink: Uplink | null = null;
  let detail = "not enrolled yet";

  async function connect(): Promise<void> {
    const identity = await findIdentity();
    if (identity === null || stopping.signal.aborted) return;
    await connectAs(identity);
  }

  async function connectAs(identity: Identity): Promise<void> {
    const { directory, provisioningUrl, serial, openSession, certificateTime } = options;
    const now = () => uplink?.lotTime()?.at ?? clock.wall();
    keeper?.stop();
    keeper = createCertificateKeeper({
      directory,
      identity,
      provisioningUrl,
      serial,
      openSession,
      clock,
      now,
      certificateTime,
      log,
    });
    uplink = options.createUplink(identity, keeper.openSession);
    await uplink.run();
    keeper.run();
  }

  async function findIdentity(): Promise<Identity | null> {
    const stored = loadIdentity(options.directory);
    if (stored.ok) return stored.value;
    const { provisioningUrl, enrolmentToken: token } = options;
    detail = stored.error.message;
    if (stored.error.code !== "identity_missing" || provisioningUrl === null || token === null) {
      log.warn({ code: stored.error.code }, detail);
      return null;
    }
    const { directory, serial, random } = options;
    return retryUntil(() => enrol({ provisioningUrl, token, serial, directory, clock }), {
      clock,
      random,
      backoff: ENROL_BACKOFF,
      signal: stopping.signal,
      onFailure: (error, attempt, waitMs) => {
        detail = `enrolment failed: ${errorMessage(error)}`;
        log.warn({ attempt, waitMs }, detail);
      },
    }).catch(() => null);
  }

  return {
    name: "cloud-link",
    async run() {
      connect().catch((error: unknown) => {
        detail = errorMessage(error);
        log.error({ err: error }, "The uplink could not start; the lanes go on alone.");
      });
    },
    drain: async () => uplink?.drain(),
    async stop() {
      stopping.abort();
      keeper?.stop();
      await uplink?.stop();
    },
    state: () => (uplink ? stateOf(uplink, keeper?.problem() ?? null) : { state: "cloud_down", detail }),
    async enrol({ token, provisioningUrl = null }) {
      const url = provisioningUrl ?? options.provisioningUrl;
      if (url === null)
        throw new GatehouseError("no_provisioning_url", "Name the cloud's address, like https://cloud.example:8443.");
      const { directory, serial } = options;
      const identity = await enrol({ provisioningUrl: url, token, serial, directory, clock });
      await uplink?.stop();
      await connectAs(identity);
    },
    clockQuality: () => uplink?.clockQuality() ?? null,
    lotTime: () => uplink?.lotTime() ?? null,
    certificateEndsAt: () => (keeper ? certificateState(keeper.identity(), clock.wall()).notAfter : null),
  };
}

function stateOf(uplink: Uplink, ofCertificate: string | null): { readonly state: LinkState; readonly detail: string } {
  const { linkState, problem } = uplink.status();
  const detail = problem?.message ?? WITHOUT_PROBLEM[linkState];
  return { state: linkState, detail: ofCertificate === null ? detail : `${detail} ${ofCertificate}` };
}

/** What a link state means where nothing more is known. */
const WITHOUT_PROBLEM: Readonly<Record<LinkState, string>> = {
  online: "the cloud answers",
  cloud_down: "the connection stands, but the cloud confirms nothing",
  network_down: "no connection yet",
  gateway_down: "the payment provider does not answer",
  degraded: "the cloud answers, but takes no events",
};
