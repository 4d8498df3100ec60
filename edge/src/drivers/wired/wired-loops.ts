import type { InputPoint } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { WiredLane, WiredLoop } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import type { LoopSignal } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { LoopPort } from "../../ports/loop/loop-port.ts";
import { type BoardOf, watchInputs } from "./wired-inputs.ts";

/** What tells that a detector can't be believed: its fault output, or a contact of its supply; by its place in the site file. */
type FaultName = `${"fault" | "power"} ${number}`;

/** A board between detector and computer that is gone may have lost its power together with the detector. */
const UNDER_THE_ARM: ReadonlySet<string> = new Set<WiredLoop>(["safety", "safety_b"]);

/**
 * The loops of a lane. While a detector's fault output is active, or its supply is away, its loops read as `fault`; when that
 * is over they are `restarted` first, because a detector tunes anew after it and does not see a vehicle that stands there
 * (SAFE-15). The same holds when a board was gone, since nobody can tell its cable from its power: for all loops of a detector
 * that is a board of its own, and for the loops under the arm of any other.
 */
export function wiredLoops({ loops }: Pick<WiredLane, "loops">, boardOf: BoardOf): LoopPort {
  const inputs = (["arming", "safety", "closing", "safety_b"] as const).flatMap((name) => named(name, loops[name]));
  const faults = loops.detectors.flatMap(({ fault, power }, at) => [
    ...named(`fault ${at}` as const, fault),
    ...(power === "with_board" ? [] : named(`power ${at}` as const, power)),
  ]);
  const servedBy = (fault: FaultName): readonly WiredLoop[] =>
    loops.detectors[Number(fault.split(" ")[1])]?.loops ?? [];
  return {
    watch(sink) {
      const occupied = new Map<WiredLoop, boolean>();
      const faulty = new Map<FaultName, boolean>();
      const wasGone = new Set<WiredLoop>();
      const isFaulty = (loop: WiredLoop): boolean =>
        [...faulty].some(([fault, active]) => active && servedBy(fault).includes(loop));
      const signalOf = (loop: WiredLoop): LoopSignal =>
        isFaulty(loop) ? "fault" : occupied.get(loop) === true ? "occupied" : "clear";
      /** A loop says nothing before its detector has said that it is well. */
      const tell = (loop: WiredLoop): void => {
        const isKnown = faults.every(({ name }) => faulty.has(name) || !servedBy(name).includes(loop));
        if (!isKnown || !occupied.has(loop)) return;
        if (wasGone.delete(loop)) sink.sample(loop, "restarted");
        sink.sample(loop, signalOf(loop));
      };
      const takeFault = (fault: FaultName, active: boolean): void => {
        const before = faulty.get(fault);
        faulty.set(fault, active);
        for (const loop of servedBy(fault)) {
          if (before === true && !active && !isFaulty(loop)) sink.sample(loop, "restarted");
          if (before !== active) tell(loop);
        }
      };
      return watchInputs<WiredLoop | FaultName, boolean>([...faults, ...inputs], boardOf, {
        signal: (_name, active) => active,
        boardLost: ({ isDetector }, names) => {
          for (const name of names)
            if (!isFault(name) && (isDetector === true || UNDER_THE_ARM.has(name))) wasGone.add(name);
        },
        sink: {
          sample: (name, active) => {
            if (isFault(name)) return takeFault(name, active);
            occupied.set(name, active);
            tell(name);
          },
          holds: () => sink.holds(),
          lost: () => {
            occupied.clear();
            faulty.clear();
            sink.lost();
          },
        },
      });
    },
  };
}

function named<Name extends string>(name: Name, point: InputPoint | undefined): { name: Name; point: InputPoint }[] {
  return point ? [{ name, point }] : [];
}

function isFault(name: WiredLoop | FaultName): name is FaultName {
  return name.startsWith("fault ") || name.startsWith("power ");
}
