import type { DownTopic, LotAddress, UpTopic } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { CertificateTime } from "./certificate-time.ts";
import type { Identity } from "./identity.ts";
import type { LinkError } from "./link-errors.ts";

export interface DownMessage {
  readonly topic: DownTopic;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

/** One connection to the hub, from its opening to its end. It is never used again: a new connection is a new session. */
export interface HubSession {
  /** At least once, if the connection lives. What is sent when it has ended is dropped: SQLite has it. */
  publish(topic: UpTopic, payload: string | Uint8Array, options?: { readonly retain: boolean }): void;
  /** At most once; false when the connection is backed up and it was dropped. */
  publishOrDrop(topic: UpTopic, payload: string): boolean;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<LinkError>;
  /** Says goodbye, so that the last will stays unsaid; resolves when the connection is closed. */
  end(): Promise<void>;
  /** Ends the connection at once, without goodbye. */
  abort(): void;
}

export interface HubSessionRequest {
  readonly identity: Identity;
  readonly lot: LotAddress;
  readonly clock: Pick<Clock, "after">;
  /** The hub's side publishes it for us when the connection ends without a goodbye. */
  readonly will: string;
  /** A half-open connection is noticed after one and a half times this. */
  readonly keepaliveSeconds: number;
  /** For the transport's handshake, and again for the protocol's. */
  readonly connectTimeoutMs: number;
  /** Gives up, or ends the connection, in whatever state that is. */
  readonly signal: AbortSignal;
  /** What is known of the time when the hub's certificate does not fit this computer's clock. */
  readonly certificateTime: () => CertificateTime;
  /**
   * Takes one message; it is acknowledged when the promise resolves, and the next one waits until then. It must be
   * done well within the keepalive time, since answers to pings wait as well.
   */
  readonly onMessage: (message: DownMessage) => Promise<void>;
}

/** Connects and subscribes to all that comes down. Rejects with a `LinkError`. */
export type OpenHubSession = (request: HubSessionRequest) => Promise<HubSession>;
