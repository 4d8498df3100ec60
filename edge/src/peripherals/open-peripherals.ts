import type { SiteReader } from "@gatehouse/shared/contracts/config/site/readers.ts";
import type { Site, SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { type Random, systemRandom } from "@gatehouse/shared/kit/random.ts";
import { CallCentre } from "../drivers/call-centre/call-centre.ts";
import { EscposPrinter } from "../drivers/serial/escpos-printer.ts";
import { SerialDisplay } from "../drivers/serial/serial-display.ts";
import { SerialReader } from "../drivers/serial/serial-reader.ts";
import { SimPeripherals } from "../drivers/sim/sim-peripherals.ts";
import type { SimTunnel } from "../drivers/sim/sim-tunnel.ts";
import { ZvtTerminal } from "../drivers/zvt/zvt-terminal.ts";
import type { DisplayPort } from "../ports/display/display-port.ts";
import type { IntercomPort } from "../ports/intercom/intercom-port.ts";
import type { PaymentTerminalPort } from "../ports/payment-terminal/payment-terminal-port.ts";
import type { PrinterPort } from "../ports/printer/printer-port.ts";
import type { ReaderPort } from "../ports/reader/reader-port.ts";
import { LanePeripherals, type LanePeripheralsOptions, type Named, type PeripheralSet } from "./lane-peripherals.ts";
import { ticketLines } from "./ticket-lines.ts";

export interface OpenPeripheralsOptions extends Pick<LanePeripheralsOptions, "report" | "offer" | "payments"> {
  readonly site: Pick<Site, "lot_id" | "name" | "time_zone">;
  readonly lane: SiteLane;
  readonly clock: Clock;
  /** Where simulated ones meet whoever plays them. */
  readonly simTunnel: SimTunnel;
  /** Without it the platform's: only waits before a device is tried again depend on it. */
  readonly random?: Random;
}

/** Opens the peripherals that the site file gives to a lane. A device that is not there is tried again until it is. */
export function openPeripherals(options: OpenPeripheralsOptions): LanePeripherals {
  const { site, lane, clock, report, offer, payments } = options;
  const { languages, language_turn_ms: turnMs } = lane.peripherals;
  const [language = "en"] = languages;
  const lines = ticketLines({ lot: site.name, lane: lane.code, timeZone: site.time_zone, language, clock });
  const speech = { languages, turnMs };
  const devices = openDevices(options);
  return new LanePeripherals({ lane, devices, ticketLines: lines, speech, clock, report, offer, payments });
}

/** The devices of the site file; what it doesn't name is simulated where the lane is, and else not there. */
function openDevices(options: OpenPeripheralsOptions): PeripheralSet {
  const { site, lane, clock, simTunnel, random = systemRandom } = options;
  const { display, terminal, printer, readers, intercom } = lane.peripherals;
  const tools = { clock, random };
  const simulated = new SimPeripherals({ name: lane.code, clock, tunnel: simTunnel });
  const unnamed = lane.wiring.driver === "sim" ? ({ driver: "sim" } as const) : null;
  const open = <Port>(config: { driver: string; id?: string } | null, id: string, port: () => Closing<Port>) => {
    if (config === null) return null;
    const made = port();
    const close = (): Promise<void> => made.close?.() ?? Promise.resolve();
    return { id: config.id ?? id, driver: config.driver, port: made, close };
  };
  const reader = (config: SiteReader): Named<ReaderPort> | null =>
    open<ReaderPort>(config, config.id, () =>
      config.driver === "sim" ? simulated.reader : new SerialReader({ config, ...tools }),
    );
  const [displayHere, terminalHere, intercomHere] = [display ?? unnamed, terminal ?? unnamed, intercom ?? unnamed];
  const unnamedReader = readers.length === 0 && unnamed ? [{ driver: "sim", id: "reader" } as const] : readers;
  return {
    display: open<DisplayPort>(displayHere, "display", () =>
      displayHere?.driver === "serial_text" ? new SerialDisplay({ config: displayHere, ...tools }) : simulated.display,
    ),
    terminal: open<PaymentTerminalPort>(terminalHere, "terminal", () =>
      terminalHere?.driver === "zvt" ? new ZvtTerminal({ config: terminalHere, ...tools }) : simulated.terminal,
    ),
    printer: open<PrinterPort>(printer ?? null, "printer", () =>
      printer?.driver === "escpos" ? new EscposPrinter({ config: printer, ...tools }) : simulated.printer,
    ),
    intercom: open<IntercomPort>(intercomHere, "intercom", () =>
      intercomHere?.driver === "http"
        ? new CallCentre({ config: intercomHere, lot: site.lot_id, lane: lane.id, clock })
        : simulated.intercom,
    ),
    readers: unnamedReader.map(reader).filter((one) => one !== null),
  };
}

type Closing<Port> = Port & { close?(): Promise<void> };
