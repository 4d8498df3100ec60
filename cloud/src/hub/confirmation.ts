import type { Confirm } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_OLDEST, PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { IngestAnswer } from "../services/ingest/ingest-batches.ts";

const MESSAGE_MAX = 256;

export interface Confirmed {
  readonly deviceId: Uuid;
  readonly answer: IngestAnswer;
  readonly cloudAt: WallMs;
  /** `sent_mono` of the hello that it answers; null for batches. */
  readonly echoMono: number | null;
}

/** What the edge is told after the commit (SYNC-05). */
export function confirmation({ deviceId, answer, cloudAt, echoMono }: Confirmed): Confirm {
  return {
    v: PROTOCOL_VERSION,
    device_id: deviceId,
    epoch: answer.position.epoch,
    cursor: answer.position.cursor,
    hash: answer.position.hash,
    status: answer.status,
    message: answer.message?.slice(0, MESSAGE_MAX) ?? null,
    cloud_at: cloudAt,
    echo_mono: echoMono,
  };
}

/** The answer to a message of a version that this build does not read; both sides say so and the gates go on (SYNC-16). */
export function unsupported(answer: IngestAnswer): IngestAnswer {
  const message = `This hub reads protocol versions ${PROTOCOL_OLDEST} to ${PROTOCOL_VERSION}. Update the edge or the hub.`;
  return { ...answer, status: "unsupported_version", message };
}
