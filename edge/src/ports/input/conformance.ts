import {
  type ContactName,
  type ContactSignal,
  contactName,
  contactSignal,
} from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { type SamplingBench, samplingConformance } from "../sampling-conformance.ts";
import type { InputPort } from "./input-port.ts";

export type InputBench = Omit<SamplingBench<ContactName, ContactSignal>, "watch"> & { readonly port: InputPort };

/** What every driver of contacts must do; see the contract in input-port.ts. */
export function inputConformance(driver: string, make: () => InputBench): void {
  const inputs = { names: contactName.options, signals: contactSignal.options };
  samplingConformance(`input port: ${driver}`, inputs, () => {
    const bench = make();
    return { ...bench, watch: (sink) => bench.port.watch(sink) };
  });
}
