import type { Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_OLDEST } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { ReplicaStatus } from "../store/edge-queries.ts";
import type { OutboxHead } from "../store/outbox-port.ts";

export interface HelloFacts {
  /** The protocol version that this connection speaks. */
  readonly version: number;
  readonly deviceId: Uuid;
  readonly head: OutboxHead;
  readonly replica: Pick<ReplicaStatus, "version" | "checksum">;
  readonly at: WallMs;
  readonly quality: ClockQuality;
  readonly boot: Uuid;
  readonly agentVersion: string;
  readonly linkNonce: string;
  /** Monotonic, whole ms: the answer repeats it. */
  readonly echo: number;
}

/** Where this edge stands, said before anything else on a connection (SYNC-08). */
export function helloOf({
  version,
  deviceId,
  head,
  replica,
  at,
  quality,
  boot,
  agentVersion,
  linkNonce,
  echo,
}: HelloFacts): Hello {
  return {
    v: version,
    oldest_v: PROTOCOL_OLDEST,
    device_id: deviceId,
    epoch: head.epoch,
    last_n: head.lastN,
    last_hash: head.lastHash,
    ...(head.wantsEpoch ? { wants_epoch: true } : {}),
    confirmed: { n: head.confirmedN, hash: head.confirmedHash },
    kept: { n: head.prunedN, hash: head.prunedHash },
    boot,
    mono: echo,
    at,
    quality,
    agent_version: agentVersion,
    replica_version: replica.version,
    replica_checksum: replica.checksum,
    link_nonce: linkNonce,
    sent_mono: echo,
  };
}
