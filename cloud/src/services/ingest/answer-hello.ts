import type { ConfirmStatus, Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { judgeHello } from "@gatehouse/shared/sync/cursor.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import { inTransaction } from "./in-transaction.ts";
import type { IngestAnswer } from "./ingest-batches.ts";
import { lockStream, stopStream } from "./stream-row.ts";

/**
 * Compares where the edge says it stands with what is committed (SYNC-08). A fork stops the stream.
 * Rejects when the database can't be reached; throws `device_unknown` when the owner has no stream.
 */
export async function answerHello(context: IngestContext, owner: StreamOwner, hello: Hello): Promise<IngestAnswer> {
  return inTransaction(context.pool, async (client) => {
    const held = await lockStream(client, owner);
    if (!held) throw new GatehouseError("device_unknown", "This device is not enrolled at this lot.");
    const answer = (status: ConfirmStatus, message: string | null): IngestAnswer => {
      return { status, message, position: held.position, applied: 0 };
    };
    if (held.forkedAt !== null) return answer("fork", FORK_MESSAGE);
    const sender = { epoch: hello.epoch, lastN: hello.last_n, lastHash: hello.last_hash };
    const verdict = judgeHello(held.position, sender);
    switch (verdict.kind) {
      case "ok":
        return { ...answer("ok", null), position: verdict.position };
      case "edge_behind":
        return answer("edge_behind", BEHIND_MESSAGE);
      case "stale_epoch":
        return answer("stale_epoch", `Epoch ${verdict.current} has begun; enrol this device anew.`);
      case "fork":
        await stopStream(client, context, { owner, message: FORK_MESSAGE });
        return answer("fork", FORK_MESSAGE);
    }
  });
}

const FORK_MESSAGE = "Two different events have one number. Enrol this device anew; its gates go on meanwhile.";
const BEHIND_MESSAGE = "The cloud holds events that this device no longer has: its disk was set back. Enrol it anew.";
