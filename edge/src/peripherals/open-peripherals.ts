import type { Site, SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { SimPeripherals } from "../drivers/sim/sim-peripherals.ts";
import type { SimTunnel } from "../drivers/sim/sim-tunnel.ts";
import { LanePeripherals, type LanePeripheralsOptions, type PeripheralSet } from "./lane-peripherals.ts";
import { ticketLines } from "./ticket-lines.ts";

export interface OpenPeripheralsOptions extends Pick<LanePeripheralsOptions, "report" | "offer"> {
  readonly site: Pick<Site, "name" | "time_zone">;
  readonly lane: SiteLane;
  readonly clock: Clock;
  /** Where simulated ones meet whoever plays them. */
  readonly simTunnel: SimTunnel;
}

/** Opens the peripherals that the site file gives to a lane. */
export function openPeripherals(options: OpenPeripheralsOptions): LanePeripherals {
  const { site, lane, clock, report, offer } = options;
  const lines = ticketLines({ lot: site.name, lane: lane.code, timeZone: site.time_zone, clock });
  return new LanePeripherals({ lane, devices: simulated(options), ticketLines: lines, report, offer });
}

function simulated({ lane, clock, simTunnel }: OpenPeripheralsOptions): PeripheralSet {
  const sim = new SimPeripherals({ name: lane.code, clock, tunnel: simTunnel });
  const named = <Port>(id: string, port: Port) => ({ id, driver: "sim", port });
  return {
    display: named("display", sim.display),
    terminal: named("terminal", sim.terminal),
    printer: lane.peripherals.printer ? named("printer", sim.printer) : null,
    intercom: named("intercom", sim.intercom),
    readers: [named("reader", sim.reader)],
  };
}
