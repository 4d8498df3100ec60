import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { OfferAnswer, OfferedCredential } from "../lane/lane-control.ts";
import type { DeviceHealth } from "../ports/device-health.ts";
import type { DisplayPort } from "../ports/display/display-port.ts";
import type { IntercomPort } from "../ports/intercom/intercom-port.ts";
import type { PaymentTerminalPort } from "../ports/payment-terminal/payment-terminal-port.ts";
import type { PrinterPort } from "../ports/printer/printer-port.ts";
import type { ReaderEvent, ReaderPort } from "../ports/reader/reader-port.ts";
import type { PeripheralHealth, PeripheralKind } from "./health.ts";
import { LaneDisplay, type LaneDisplayOptions } from "./lane-display.ts";
import { LanePayments, type LanePaymentsOptions } from "./lane-payments.ts";
import type { PeripheralCommand, PeripheralReport, Ticket } from "./messages.ts";

/** A device with what the site file calls it. */
export interface Named<Port> {
  readonly id: string;
  readonly driver: string;
  readonly port: Port;
  close(): Promise<void>;
}

/** The peripherals that the site file gives to a lane; null is none. */
export interface PeripheralSet {
  readonly display: Named<DisplayPort> | null;
  readonly terminal: Named<PaymentTerminalPort> | null;
  readonly printer: Named<PrinterPort> | null;
  readonly intercom: Named<IntercomPort> | null;
  readonly readers: readonly Named<ReaderPort>[];
}

export interface LanePeripheralsOptions {
  readonly lane: { readonly id: Uuid; readonly code: string };
  readonly devices: PeripheralSet;
  readonly speech: Pick<LaneDisplayOptions, "languages" | "turnMs">;
  readonly clock: Pick<Clock, "every" | "mono" | "wall" | "after">;
  readonly payments: Pick<LanePaymentsOptions, "kept" | "book" | "unclear">;
  /** Lines of a ticket for people; lot, lane and time are in them. */
  readonly ticketLines: (ticket: Ticket) => readonly string[];
  readonly report: (report: PeripheralReport) => void;
  readonly offer: (credential: OfferedCredential) => OfferAnswer;
}

/** The peripherals of one lane: hands commands to the devices, and tells the lane what comes of them. */
export class LanePeripherals {
  readonly #options: LanePeripheralsOptions;
  readonly #display: LaneDisplay | null;
  readonly #payments: LanePayments;
  readonly #unwatch: readonly (() => void)[];

  constructor(options: LanePeripheralsOptions) {
    this.#options = options;
    const { devices, report, speech, clock, lane } = options;
    this.#display = devices.display && new LaneDisplay({ port: devices.display.port, ...speech, clock });
    const terminal = devices.terminal?.port ?? null;
    this.#payments = new LanePayments({ laneId: lane.id, terminal, clock, report, ...options.payments });
    const watched = [
      devices.printer?.port.watch((event) => {
        if (event.kind === "state") report({ kind: "printer", state: event.state });
        else if (event.kind === "failed") report({ ...event, kind: "ticket", result: "failed" });
        else report({ ...event, code: null });
      }),
      devices.intercom?.port.watch((event) => report({ kind: "call", ...event })),
      ...devices.readers.map(({ port }) => port.watch((event) => this.#read(event))),
    ];
    this.#unwatch = watched.filter((end) => end !== undefined);
  }

  /** Takes up payments that earlier runs left; see `LanePayments.settle`. */
  settle(): void {
    this.#payments.settle();
  }

  /** Carries a command out. What can't be done is reported as failed, so that no command stays without an end. */
  command(command: PeripheralCommand): void {
    const { devices, report } = this.#options;
    switch (command.kind) {
      case "display":
        return this.#display?.show(command.key, command.amount);
      case "take_payment":
        return this.#payments.request(command);
      case "cancel_payment":
        return this.#payments.cancel(command.requestId);
      case "print_ticket":
        return this.#print(command.jobId, command.ticket);
      case "call_operator": {
        const called = devices.intercom?.port.call(command);
        if (!called?.ok) report({ kind: "call", callId: command.callId, state: "failed" });
        return;
      }
      case "end_call":
        return devices.intercom?.port.end(command.callId);
      default:
        return assertNever(command);
    }
  }

  health(): readonly PeripheralHealth[] {
    const { lane, devices } = this.#options;
    const row = (kind: PeripheralKind, one: Named<{ health(): DeviceHealth }> | null): PeripheralHealth[] =>
      one ? [{ laneId: lane.id, lane: lane.code, kind, id: one.id, driver: one.driver, ...one.port.health() }] : [];
    return [
      ...row("display", devices.display),
      ...row("terminal", devices.terminal),
      ...row("printer", devices.printer),
      ...devices.readers.flatMap((reader) => row("reader", reader)),
      ...row("intercom", devices.intercom),
    ];
  }

  /** Lets the devices go. */
  async stop(): Promise<void> {
    this.#display?.stop();
    this.#payments.stop();
    for (const end of this.#unwatch) end();
    const { display, terminal, printer, intercom, readers } = this.#options.devices;
    await Promise.all([display, terminal, printer, intercom, ...readers].map((device) => device?.close()));
  }

  #print(jobId: string, ticket: Ticket): void {
    const { devices, report, ticketLines } = this.#options;
    const code = ticket.code;
    const printed = devices.printer?.port.print({ jobId, code, lines: ticketLines(ticket) });
    if (printed?.ok) return;
    report({ kind: "ticket", jobId, result: "failed", code: printed ? printed.error : "no_printer" });
  }

  #read(event: ReaderEvent): void {
    const { lane, report, offer } = this.#options;
    if (event.kind === "press") return report({ kind: "button", name: event.button });
    const { medium, code } = event.scan;
    offer({ laneId: lane.id, kind: medium, value: code, read: null, direction: null });
  }
}
