import type { DownTopic, UpTopic } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { CertificateIdentity, DeviceIdentity } from "./ca/device-identity.ts";

/** One connection of one edge; who it is was read from its certificate. */
export interface EdgeConnection extends CertificateIdentity {
  readonly connectionId: Uuid;
}

export interface UpMessage {
  readonly connection: EdgeConnection;
  readonly topic: Exclude<UpTopic, "status">;
  readonly payload: Uint8Array;
}

/** Something that was not allowed; refused, logged and audited. */
export interface Refusal {
  readonly code:
    | "tls_refused"
    | "not_a_device"
    | "device_unknown"
    | "device_revoked"
    | "certificate_superseded"
    | "client_id_mismatch"
    | "will_not_allowed"
    | "publish_not_allowed"
    | "subscribe_not_allowed"
    | "frame_too_large";
  /** Null when no certificate of ours was shown. */
  readonly identity: DeviceIdentity | null;
  readonly remoteAddress: string;
  /** What was tried, for a person. */
  readonly detail: string;
}

/** What the hub does with what its transport brings. None of these may throw. */
export interface TransportHandlers {
  /** Why the owner of a certificate may not connect now, or null. Rejects when nobody can tell: then it may not. */
  readonly admit: (identity: CertificateIdentity) => Promise<Refusal["code"] | null>;
  readonly onUp: (connection: EdgeConnection) => void;
  readonly onDown: (connection: EdgeConnection) => void;
  /** Resolves when there is room for the connection's next message. Never rejects. */
  readonly onMessage: (message: UpMessage) => Promise<void>;
  readonly onRefused: (refusal: Refusal) => void;
}

/**
 * Carries messages between edges and the hub; may lose, repeat and forget them, and its acknowledgements mean nothing:
 * only the hub's own confirmations count. The embedded broker is one; an MQTT broker of its own is another.
 */
export interface EdgeTransport extends Service {
  /** Hands a message to the connection with at least QoS 1. Rejects when the connection is gone. */
  send(connection: EdgeConnection, topic: DownTopic, payload: string): Promise<void>;
  /** Ends a connection at once. */
  disconnect(connection: EdgeConnection): void;
  /** Where edges connect. Throws before `run`. */
  address(): { readonly host: string; readonly port: number };
}
