import type { LoopName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { type BlindLoops, blinded } from "./blind-loops.ts";
import { type Channels, NO_DIFFERENCE, type PairName } from "./channels.ts";
import type { GuardReport } from "./guard-reports.ts";

/** Inputs whose soundness has to be shown anew: pairs that contradicted themselves, loops whose detector lost sight. */
export interface DoubtedInputs {
  readonly pairs: readonly PairName[];
  readonly loops: readonly LoopName[];
}

export const NO_DOUBT: DoubtedInputs = { pairs: [], loops: [] };

/** Pairs that were latched still are: the end of a process shows nothing of a contact (SAFE-14). */
export function doubtedChannels({ pairs }: DoubtedInputs): Channels {
  const of = (name: PairName) => (pairs.includes(name) ? ({ at: "latched" } as const) : NO_DIFFERENCE[name]);
  return { safety: of("safety"), photo_eye: of("photo_eye") };
}

/** Loops that were blind still are, and their time of witness begins anew (SAFE-15). */
export function doubtedLoops({ loops }: DoubtedInputs, now: MonoMs): BlindLoops {
  return loops.reduce<BlindLoops>((blind, name) => blinded(blind, name, now), {});
}

/** The doubts after an alarm of the guard, which tells of each that begins or ends; the same object when nothing changed. */
export function followDoubts(doubts: DoubtedInputs, report: GuardReport): DoubtedInputs {
  if (report.kind !== "alarm") return doubts;
  const { code, detail } = report.alarm;
  if (code === "channels_differ") return { ...doubts, pairs: listed(doubts.pairs, detail as PairName, report.on) };
  if (code === "loop_restarted") return { ...doubts, loops: listed(doubts.loops, detail as LoopName, report.on) };
  return doubts;
}

function listed<Name>(names: readonly Name[], name: Name, on: boolean): readonly Name[] {
  const others = names.filter((one) => one !== name);
  return on ? [...others, name] : others;
}
