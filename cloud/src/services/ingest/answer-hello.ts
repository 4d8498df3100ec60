import type { ConfirmStatus, Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { judgeHelloOrder } from "@gatehouse/shared/sync/boots.ts";
import {
  beginningOf,
  judgeHello,
  type SenderPosition,
  type StreamPosition,
  senderOf,
} from "@gatehouse/shared/sync/cursor.ts";
import type { StreamStop } from "../../db/schema/devices.ts";
import { keepAnchor } from "./anchors.ts";
import { noteBoot } from "./boots.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import { inTransaction } from "./in-transaction.ts";
import type { IngestAnswer } from "./ingest-batches.ts";
import type { SqlRunner } from "./statement-queue.ts";
import {
  beginStream,
  giveEpoch,
  type HeldStream,
  isCommitted,
  lockStream,
  noteHello,
  raiseHistoryGone,
  STOP_MESSAGES,
  stopStream,
} from "./stream-row.ts";

/**
 * Compares where the edge says it stands with what is committed (SYNC-08), gives it an epoch when it needs one, and sets it
 * apart when it forked, was rolled back or runs twice (SYNC-07).
 * Null when the edge has said another hello since this one was sent: it has its answer, and this one tells nothing any more.
 * Rejects when the database can't be reached; throws `device_unknown` when the owner has no stream.
 */
export async function answerHello(
  context: IngestContext,
  owner: StreamOwner,
  hello: Hello,
): Promise<IngestAnswer | null> {
  return inTransaction(context.pool, async (client) => {
    const held = await lockStream(client, owner);
    if (!held) throw new GatehouseError("device_unknown", "This device is not enrolled at this lot.");
    const last = held.boot === null || held.helloMono === null ? null : { boot: held.boot, sentMono: held.helloMono };
    const order = judgeHelloOrder(last, { boot: hello.boot, sentMono: hello.sent_mono });
    if (order === "late") return null;
    if (held.stop !== null) return stopped(held.stop, held.position);
    return judge(client, context, { owner, held, hello, isAgain: order === "again" });
  });
}

interface Heard {
  readonly owner: StreamOwner;
  readonly held: HeldStream;
  readonly hello: Hello;
  /** It was judged before; events of its sender may have come since. */
  readonly isAgain: boolean;
}

async function judge(client: SqlRunner, context: IngestContext, heard: Heard): Promise<IngestAnswer> {
  const { owner, held, hello, isAgain } = heard;
  const setApart = async (stop: StreamStop): Promise<IngestAnswer> => {
    await stopStream(client, context, { owner, stop, message: STOP_MESSAGES[stop] });
    return stopped(stop, held.position);
  };
  const boot = await noteBoot(client, context, { owner, last: held.boot, boot: hello.boot });
  if (boot === "clone") return setApart("clone");
  await noteHello(client, owner, hello.sent_mono);
  await keepAnchor(client, context, { owner, hello });
  const sender = senderOf(hello);
  const verdict = judgeHello(held.position, sender);
  switch (verdict.kind) {
    case "ok":
      return answer("ok", null, verdict.position);
    case "begin":
      return answer("ok", null, await begin(client, context, { owner, held, sender }));
    case "new_epoch":
      if (verdict.position.epoch > held.position.epoch)
        await giveEpoch(client, context, { owner, epoch: verdict.position.epoch });
      return answer("new_epoch", "The cloud has begun a new epoch for this device.", verdict.position);
    case "edge_behind":
      if (isAgain) return answer("ok", null, held.position);
      return setApart("rolled_back");
    case "stale_epoch":
      return answer("stale_epoch", `Epoch ${verdict.current} has begun; enrol this device anew.`, held.position);
    case "fork":
      return setApart("fork");
  }
}

/** Begins the sender's epoch where the cloud has all before it; where it can't, since the edge has deleted some, it says so. */
async function begin(
  client: SqlRunner,
  context: IngestContext,
  { owner, held, sender }: { readonly owner: StreamOwner; readonly held: HeldStream; readonly sender: SenderPosition },
): Promise<StreamPosition> {
  const { confirmed, kept } = sender;
  const isConfirmedHeld = confirmed === undefined || (await isCommitted(client, owner, confirmed));
  const position = beginningOf(sender, isConfirmedHeld);
  const { epoch, hash, startN, isEpochDue = false } = held.position;
  const isBegun = epoch === position.epoch && startN === position.cursor && hash === position.hash;
  if (isBegun && !isEpochDue) return position;
  // An edge that tells what it keeps lets its numbers go on: what comes first may stand in an earlier epoch by its number.
  const retold = kept === undefined ? null : { epoch: Math.min(epoch, position.epoch - 1), n: position.cursor };
  await beginStream(client, context, { owner, position, retold });
  const isGapped = !isConfirmedHeld && kept !== undefined && !(await isCommitted(client, owner, kept));
  if (isGapped) await raiseHistoryGone(client, context, { owner, untilN: kept.n });
  return position;
}

function answer(status: ConfirmStatus, message: string | null, position: StreamPosition): IngestAnswer {
  return { status, message, position, applied: 0 };
}

/** What a device is told that was set apart. */
export function stopped(stop: StreamStop, position: StreamPosition): IngestAnswer {
  return answer(stop === "rolled_back" ? "edge_behind" : "fork", STOP_MESSAGES[stop], position);
}
