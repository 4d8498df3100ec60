import type { InputPoint } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { WiredLane, WiredLoop } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import type { LoopSignal } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { LoopPort } from "../../ports/loop/loop-port.ts";
import { type BoardOf, watchInputs } from "./wired-inputs.ts";

/** A detector's fault output, by its place in the site file. */
type FaultName = `fault ${number}`;

/**
 * The loops of a lane. While a detector's fault output is active its loops read as `fault`; when the fault is over they are
 * `restarted` first, because a detector tunes anew after it and does not see a vehicle that stands there (SAFE-15). The same
 * holds when a detector that is a board of its own was gone: nobody can tell its cable from its power.
 */
export function wiredLoops({ loops }: Pick<WiredLane, "loops">, boardOf: BoardOf): LoopPort {
  const inputs = (["arming", "safety", "closing", "safety_b"] as const).flatMap((name) => named(name, loops[name]));
  const faults = loops.detectors.flatMap(({ fault }, at) => named(`fault ${at}` as const, fault));
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
          for (const name of names) if (isDetector === true && !isFault(name)) wasGone.add(name);
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
  return name.startsWith("fault ");
}
