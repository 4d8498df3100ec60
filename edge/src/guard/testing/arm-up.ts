import { later } from "@gatehouse/shared/kit/clock.ts";
import { Rig, type RigOptions } from "../../lane/testing/rig.ts";

/** A rig with its arm up, nobody in the lane, and closing left to the test. */
export async function armUp(options: RigOptions = {}): Promise<Rig> {
  const rig = await Rig.ready({ ...options, timings: { close_delay_ms: 60_000, ...options.timings } });
  rig.guard({ kind: "open", grant: "setup", notAfter: later(rig.clock.mono(), 10_000) });
  await rig.run(2_500);
  if (rig.arm.height !== 1) throw new Error("The arm did not come up.");
  return rig;
}

let records = 0;

/** Asks for a close and says why it was refused, or null when the arm comes down. */
export async function vetoOf(rig: Rig): Promise<string | null> {
  const id = `record-${++records}`;
  rig.guard({ kind: "close", record: id });
  await rig.run(20);
  const veto = rig.reports.find((one) => one.kind === "vetoed" && one.id === id);
  return veto?.kind === "vetoed" ? veto.reason : null;
}

/** What the test outputs have done. */
export function testsOf(rig: Rig): readonly { readonly name: string; readonly on: boolean }[] {
  return rig.outputs.flatMap(({ output }) => (output.kind === "test" ? [output] : []));
}

export function alarmsOf(rig: Rig): readonly string[] {
  return rig.runner.snapshot().alarms;
}
