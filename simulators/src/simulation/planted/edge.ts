import { faultsOf, type PlantedFault } from "./planted-fault.ts";

const sender = faultsOf("shared/src/sync/sender.ts");
const stream = faultsOf("edge/src/uplink/event-stream.ts");
const uplink = faultsOf("edge/src/uplink/uplink.ts");
const inbox = faultsOf("edge/src/uplink/command-inbox.ts");
const command = faultsOf("shared/src/sync/command.ts");
const hello = faultsOf("edge/src/uplink/hello.ts");

/** Faults in what the edge does. */
export const edgeFaults: readonly PlantedFault[] = [
  sender(
    "SYNC-17",
    "batch-skips-a-number",
    "?.last ?? confirmed) + 1;",
    "?.last ?? confirmed) + (inFlight.length === 3 ? 2 : 1);",
  ),
  sender(
    "SYNC-05",
    "sent-counts-as-confirmed",
    "return to({ ...state, inFlight: [...state.inFlight,",
    "return to({ ...state, confirmed: last, inFlight: [...state.inFlight,",
  ),
  sender(
    "SYNC-06",
    "restored-cloud-gets-no-rewind",
    "const confirmed = confirm.cursor;",
    "const confirmed = Math.max(confirm.cursor, wentBackTo === null ? 0 : lastN);",
  ),
  sender(
    "SYNC-17",
    "answer-to-any-hello-counts",
    "return confirm.echo_mono === state.echo ? resumeAt",
    "return confirm.echo_mono !== null ? resumeAt",
  ),
  sender(
    "SYNC-17",
    "unconfirmed-batch-is-forgotten",
    "if (now - oldest.sentAt < limits.confirmTimeoutMs) return to(state);",
    "return to(state);",
  ),
  stream(
    "SYNC-06",
    "rewind-counts-as-known",
    "cursor < head.confirmedN ? outbox.rewind(position) : outbox.confirm(position)",
    "outbox.confirm(position)",
  ),
  stream(
    "SYNC-05",
    "all-is-marked-confirmed",
    "const position = { epoch: head.epoch, cursor, hash };",
    "const position = { epoch: head.epoch, cursor: head.lastN, hash: head.lastHash };",
  ),
  hello(
    "SYNC-06",
    "what-is-confirmed-is-not-told-as-kept",
    "kept: { n: head.prunedN, hash: head.prunedHash },",
    "kept: { n: head.confirmedN, hash: head.confirmedHash },",
  ),
  uplink("SYNC-07", "given-epoch-is-not-begun", "await outbox.beginEpoch(epoch);", ""),
  uplink("SYNC-07", "enrolment-begins-no-epoch", "await outbox.beginEpoch(identity.epoch);", ""),
  inbox(
    "SYNC-11",
    "command-acts-each-time-it-comes",
    'if (kind === "new") return judgeMoment(command);',
    "if (kind !== undefined) return judgeMoment(command);",
  ),
  inbox(
    "SYNC-11",
    "stored-result-is-not-given",
    "await (result ? answer(result) : finish(",
    "await (result?.at === -1 ? answer(result) : finish(",
  ),
  command(
    "SYNC-11",
    "command-acts-after-its-life",
    "if (moment.cloudNowMs >= body.not_after || body.not_after",
    "if (body.not_after",
  ),
  command("SYNC-11", "command-of-an-earlier-epoch-acts", 'if (body.epoch !== edge.epoch) return "wrong_epoch";', ""),
  hello("SYNC-07", "new-card-asks-for-no-epoch", "...(head.wantsEpoch ? { wants_epoch: true } : {}),", ""),
];
