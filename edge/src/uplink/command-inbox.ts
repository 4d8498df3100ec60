import type { CommandRefusal, CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { type Clock, type MonoMs, sleep, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import {
  type CommandAddressee,
  misaddressed,
  outOfTime,
  type ReadCommand,
  readCommand,
} from "@gatehouse/shared/sync/command.ts";
import type { LaneCommandAnswer, LaneControl } from "../lane/lane-control.ts";
import { textOf } from "./payload.ts";
import type { CommandLog, UplinkLog } from "./ports.ts";

/** How long a lane may take to say what became of a command. */
export const LANE_ANSWER_MAX_MS = 15_000;
/** Results that wait for a connection; beyond it the oldest goes, and the lane's own event tells of it. */
export const RESULTS_KEPT = 64;

export interface CommandInboxOptions {
  readonly addressee: () => CommandAddressee;
  readonly commands: CommandLog;
  readonly lanes: Pick<LaneControl, "command">;
  readonly clock: Clock;
  readonly log: UplinkLog;
  readonly cloudNow: () => WallMs | null;
  readonly linkNonce: () => string;
  /** False when there is no connection. */
  readonly send: (result: CommandResult) => boolean;
  /** The edge's own limit was reached. */
  readonly onRateLimited: (laneId: string) => void;
}

/** Carries out the cloud's commands, each at most once (SAFE-26, SYNC-11). */
export interface CommandInbox {
  /** Takes one message; resolves when its nonce is durable, the lane's answer comes later. Never rejects. */
  received(message: { readonly payload: Uint8Array; readonly retained: boolean }): Promise<void>;
  /** Sends the results that found no connection. */
  flush(): void;
}

/** Carries out each command once at most, and sends its result until it is on its way (SYNC-11, SAFE-26). */
export function createCommandInbox(options: CommandInboxOptions): CommandInbox {
  const { commands, clock, log } = options;
  const running = new Set<string>();
  const unsent: CommandResult[] = [];
  let acted: MonoMs[] = [];

  async function received(message: { readonly payload: Uint8Array; readonly retained: boolean }): Promise<void> {
    const command = readCommand(textOf(message.payload));
    if (command === null) return log.warn({ bytes: message.payload.length }, "A command came that can't be read.");
    const refusal = misaddressed(command, options.addressee(), message.retained);
    if (refusal !== null) return answer(refused(command, refusal));
    const { id } = command.body;
    if (running.has(id)) return;
    running.add(id);
    const started = await claim(command);
    if (started === "lane") void act(command).finally(() => running.delete(id));
    else running.delete(id);
  }

  /** Says whether the lane has to act; what can be answered at once, is. */
  async function claim(command: ReadCommand): Promise<"lane" | "answered"> {
    try {
      const { kind, ...known } = await commands.claim({ id: command.body.id, nonce: command.body.nonce });
      if (kind === "new") return judgeMoment(command);
      const result = "result" in known ? known.result : null;
      await (result ? answer(result) : finish(refused(command, "lane_refused", INTERRUPTED)));
    } catch (error) {
      log.error(
        { command: command.body.id, error: errorMessage(error) },
        "The store failed, so a command was not carried out.",
      );
      answer(refused(command, "lane_refused", "The edge could not store the command, so it did nothing. Try again."));
    }
    return "answered";
  }

  async function judgeMoment(command: ReadCommand): Promise<"lane" | "answered"> {
    acted = acted.filter((at) => clock.mono() - at < MINUTE_MS);
    const moment = { linkNonce: options.linkNonce(), cloudNowMs: options.cloudNow(), actedLastMinute: acted.length };
    const refusal = outOfTime(command, moment);
    if (refusal === null) {
      acted.push(clock.mono());
      return "lane";
    }
    if (refusal === "rate_limited") options.onRateLimited(command.body.lane_id);
    await finish(refused(command, refusal));
    return "answered";
  }

  /** Beside the connection's flow: a lane may take seconds, and other messages must not wait for it. */
  async function act(command: ReadCommand): Promise<void> {
    await finish(await askLane(command));
  }

  async function askLane(command: ReadCommand): Promise<CommandResult> {
    const { id, lane_id: laneId, action, actor, reason } = command.body;
    try {
      const lane = options.lanes.command({ laneId, action, actor, reason, commandId: id, origin: "remote" });
      return resultOf(command, await Promise.race([lane, sleep(clock, LANE_ANSWER_MAX_MS).then(() => null)]));
    } catch (error) {
      log.error({ command: id, error: errorMessage(error) }, "A command failed at the lane.");
      return refused(command, "lane_refused", "The lane failed to carry it out; look at the lane.");
    }
  }

  async function finish(result: CommandResult): Promise<void> {
    await commands.finish(result).catch((error: unknown) => {
      log.error({ command: result.id, error: errorMessage(error) }, "A command's result could not be stored.");
    });
    answer(result);
  }

  function answer(result: CommandResult): void {
    const { id, outcome, refusal } = result;
    log.info({ command: id, outcome, refusal }, "A remote command was answered.");
    if (options.send(result)) return;
    unsent.push(result);
    if (unsent.length > RESULTS_KEPT) unsent.shift();
  }

  function flush(): void {
    while (unsent[0] && options.send(unsent[0])) unsent.shift();
  }

  function resultOf(command: ReadCommand, answered: LaneCommandAnswer | null): CommandResult {
    if (answered === null) return refused(command, "lane_refused", "The lane has not answered in time; look at it.");
    if (answered.ok)
      return { ...resultFor(command), outcome: "done", refusal: null, message: answered.message.slice(0, 256) };
    return refused(command, refusalOf(answered.refusal), answered.message);
  }

  function refused(command: ReadCommand, refusal: CommandRefusal, message = REFUSED[refusal]): CommandResult {
    return { ...resultFor(command), outcome: "refused", refusal, message: message.slice(0, 256) };
  }

  function resultFor({ body }: ReadCommand): Pick<CommandResult, "v" | "id" | "device_id" | "at"> {
    return { v: PROTOCOL_VERSION, id: body.id, device_id: options.addressee().deviceId, at: clock.wall() };
  }

  return { received, flush };
}

function refusalOf(refusal: Extract<LaneCommandAnswer, { ok: false }>["refusal"]): CommandRefusal {
  return refusal === "unknown_lane" || refusal === "rate_limited" ? refusal : "lane_refused";
}

const INTERRUPTED = "The edge restarted during this command; look at the lane.";

const REFUSED: Readonly<Record<CommandRefusal, string>> = {
  bad_signature: "The command is not signed with this hub's key.",
  wrong_device: "The command is for another edge.",
  wrong_epoch: "The command is for an earlier enrolment of this edge.",
  unknown_lane: "This edge has no such lane.",
  expired: "The command came too late.",
  stale_link: "The command was made for an earlier connection of this edge.",
  retained: "The command was kept by the broker instead of being said to this connection.",
  rate_limited: "Too many remote opens within a minute; wait a little.",
  clock_unknown: "The edge does not know the cloud's time yet; try again in some seconds.",
  lane_refused: "The lane refused.",
};
