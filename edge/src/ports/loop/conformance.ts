import { type LoopName, type LoopSignal, loopName, loopSignal } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { type SamplingBench, samplingConformance } from "../sampling-conformance.ts";
import type { LoopPort } from "./loop-port.ts";

export type LoopBench = Omit<SamplingBench<LoopName, LoopSignal>, "watch"> & { readonly port: LoopPort };

/** What every loop driver must do; see the contract in loop-port.ts. */
export function loopConformance(driver: string, make: () => LoopBench): void {
  const inputs = { names: loopName.options, signals: loopSignal.options };
  samplingConformance(`loop port: ${driver}`, inputs, () => {
    const bench = make();
    return { ...bench, watch: (sink) => bench.port.watch(sink) };
  });
}
