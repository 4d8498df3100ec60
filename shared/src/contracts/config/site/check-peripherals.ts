import type { z } from "zod";
import type { SiteBoard } from "./boards.ts";
import type { LanePeripheralsConfig } from "./peripherals.ts";
import type { Wiring } from "./wiring.ts";

interface Peripherals {
  readonly boards: readonly SiteBoard[];
  readonly lanes: readonly {
    readonly code: string;
    readonly wiring: Pick<Wiring, "driver">;
    readonly peripherals: LanePeripheralsConfig;
  }[];
}

interface Placed {
  readonly at: readonly (string | number)[];
  readonly device: { readonly driver: string; readonly path?: string; readonly id?: string };
}

/** What no single key can tell: two devices at one serial port, two readers of one name, a simulated device at a wired lane. */
export function checkPeripherals({ boards, lanes }: Peripherals, context: z.core.$RefinementCtx): void {
  const tell = (path: readonly (string | number)[], message: string): void =>
    context.addIssue({ code: "custom", path: [...path], message });
  const ports = new Map<string, string>(
    boards.flatMap((board) => ("path" in board ? [[board.path, `board ${board.id}`] as const] : [])),
  );
  for (const [nth, { code, wiring, peripherals }] of lanes.entries()) {
    const names = new Set<string>();
    for (const { at, device } of devicesOf(peripherals)) {
      const path = ["lanes", nth, "peripherals", ...at];
      if (device.driver === "sim" && wiring.driver !== "sim")
        tell([...path, "driver"], "a simulated device needs a lane with simulated wiring; nobody could play it here");
      if (device.id !== undefined && names.has(device.id))
        tell([...path, "id"], `there is another reader "${device.id}" at this lane; each needs its own`);
      if (device.id !== undefined) names.add(device.id);
      if (device.path === undefined) continue;
      const other = ports.get(device.path);
      if (other !== undefined) tell([...path, "path"], `this serial port is that of ${other} already`);
      ports.set(device.path, other ?? `${at.join(".")} of lane ${code}`);
    }
  }
}

function devicesOf({ display, terminal, printer, readers, intercom }: LanePeripheralsConfig): readonly Placed[] {
  const one = (name: string, device: Placed["device"] | undefined): Placed[] =>
    device ? [{ at: [name], device }] : [];
  return [
    ...one("display", display),
    ...one("terminal", terminal),
    ...one("printer", printer),
    ...readers.map((device, at): Placed => ({ at: ["readers", at], device })),
    ...one("intercom", intercom),
  ];
}
