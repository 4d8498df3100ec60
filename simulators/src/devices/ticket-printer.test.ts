import { EscposPrinter, type EscposPrinterOptions } from "@gatehouse/edge/drivers/serial/escpos-printer.ts";
import { ticketLines } from "@gatehouse/edge/peripherals/ticket-lines.ts";
import type { PrinterBench } from "@gatehouse/edge/ports/printer/conformance.ts";
import { printerConformance } from "@gatehouse/edge/ports/printer/conformance.ts";
import type { PrinterEvent } from "@gatehouse/edge/ports/printer/printer-port.ts";
import { soon } from "@gatehouse/edge/ports/testing/soon.ts";
import { type EscposConfig, lanePeripherals } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { afterEach, describe, expect, it } from "vitest";
import { ticketPicture } from "./ticket-picture.ts";
import { TicketPrinter } from "./ticket-printer.ts";

interface Wired extends PrinterBench {
  readonly device: TicketPrinter;
  readonly events: PrinterEvent[];
}

const benches: Wired[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.end();
});

function wire(config: object = {}, encode?: EscposPrinterOptions["encode"]): Wired {
  const presenter = "presenter" in config;
  const device = new TicketPrinter({ presenter });
  const clock = new ManualClock();
  const { printer } = lanePeripherals.parse({ printer: { driver: "escpos", path: device.line.path, ...config } });
  const port = new EscposPrinter({
    config: printer as EscposConfig,
    clock,
    random: systemRandom,
    ...(encode && { encode }),
  });
  const events: PrinterEvent[] = [];
  port.watch((event) => events.push(event));
  const bench: Wired = {
    device,
    events,
    port,
    printed: () => device.tickets.flatMap(({ qr }) => qr),
    take: () => device.takeTicket(),
    trouble: (state) => device.trouble(state === "jammed" ? "cutter_jam" : state),
    mend: () => device.mend(),
    unplug: () => device.line.unplug(),
    plug: () => device.line.plug(),
    wait: (ms) => clock.advance(ms),
    end: async () => {
      await port.close();
      device.close();
    },
  };
  benches.push(bench);
  return bench;
}

printerConformance("ESC/POS", async () => wire());
printerConformance("ESC/POS with a presenter", async () => wire({ presenter: "custom" }));

async function until(bench: Wired, check: () => void): Promise<void> {
  await soon(() => {
    bench.wait(300);
    try {
      check();
      return null;
    } catch (error) {
      return error;
    }
  }).toBeNull();
}

const ready = (bench: Wired): Promise<void> => until(bench, () => expect(bench.port.state()).toBe("ready"));

describe("an ESC/POS printer", () => {
  it("prints languages with their code pages, long names in rows, and the code for eye and scanner", async () => {
    const bench = wire({ columns: 32 });
    await ready(bench);
    const lines = ["Parkhaus Königstraße am Alten Bahnhof Süd", "Łódź · Ελλάδα · Москва", "€ 4,50 日"];
    bench.port.print({ jobId: "1", code: "T0R5XJ00000000000000000AA", lines });
    await until(bench, () => expect(bench.device.tickets).toHaveLength(1));
    expect(bench.device.tickets).toEqual([
      {
        lines: [
          { text: "Parkhaus Königstraße am Alten", bold: true },
          { text: "Bahnhof Süd", bold: true },
          { text: "Łódź · Ελλάδα · Москва", bold: false },
          { text: "€ 4,50 ?", bold: false },
          { text: "T0R5-XJ00-0000-0000-0000-000A-A", bold: false },
        ],
        qr: ["T0R5XJ00000000000000000AA"],
        codeAt: 4,
        cut: true,
      },
    ]);
  });

  it("lets no half ticket come out with the new paper", async () => {
    const bench = wire();
    await ready(bench);
    bench.device.mute = true;
    bench.device.trouble("paper_out");
    bench.device.mute = false;
    bench.port.print({ jobId: "1", code: "T1", lines: ["Lot"] });
    await until(bench, () => expect(bench.events).toContainEqual({ kind: "failed", jobId: "1", code: "paper_out" }));
    await until(bench, () => expect(bench.port.state()).toBe("paper_out"));
    bench.device.mend();
    await ready(bench);
    bench.port.print({ jobId: "2", code: "T2", lines: ["Lot"] });
    await until(bench, () => expect(bench.printed()).toEqual(["T2"]));
  });

  it("does not fail the next ticket for one that could not be made", async () => {
    const refuse: ((why: Error) => void)[] = [];
    const bench = wire({}, () => new Promise((_resolve, reject) => void refuse.push(reject)));
    await ready(bench);
    bench.port.print({ jobId: "1", code: "T1", lines: ["Lot"] });
    bench.device.trouble("paper_out");
    await until(bench, () => expect(bench.events).toContainEqual({ kind: "failed", jobId: "1", code: "paper_out" }));
    bench.device.mend();
    await ready(bench);
    bench.port.print({ jobId: "2", code: "T2", lines: ["Lot"] });
    refuse[0]?.(new Error("the first can't be made"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(bench.events.filter(({ kind }) => kind === "failed")).toHaveLength(1);
    refuse[1]?.(new Error("nor the second"));
    await soon(() => bench.events.at(-1)).toEqual({ kind: "failed", jobId: "2", code: "jammed" });
  });

  it("is offline when it hangs, and the ticket in hand has failed", async () => {
    const bench = wire();
    await ready(bench);
    bench.device.mute = true;
    bench.port.print({ jobId: "1", code: "T1", lines: ["Lot"] });
    await until(bench, () => expect(bench.port.state()).toBe("offline"));
    expect(bench.events).toContainEqual({ kind: "failed", jobId: "1", code: "offline" });
    expect(bench.port.health().lastFault?.message).toMatch(/does not answer; look at its power/);
  });

  it("tells an open cover as soon as it is open", async () => {
    const bench = wire();
    await ready(bench);
    bench.device.trouble("cover_open");
    await soon(() => bench.port.state()).toBe("jammed");
  });
});

const LONG_NAME = "Parkhaus Königstraße am Alten Bahnhof Süd, Einfahrt Nord über die Brücke <B&B>";

describe("the picture of a ticket", () => {
  it.each(["en", "de", "fr", "es", "it", "nl"] as const)("fits the paper, in %s", async (language) => {
    const columns = 32;
    const bench = wire({ columns });
    await ready(bench);
    const clock = { wall: () => wallMs(Date.UTC(2026, 11, 31, 23, 30)) };
    const lines = ticketLines({ lot: LONG_NAME, lane: "in-1", timeZone: "Europe/Berlin", language, clock });
    const code = "T0R5XJ00000000000000000AA";
    bench.port.print({ jobId: "1", code, lines: lines({ code, plate: "B-ÄÖ 1234" }) });
    await until(bench, () => expect(bench.device.tickets).toHaveLength(1));
    const [ticket] = bench.device.tickets;
    if (!ticket) throw new Error("no ticket came out");
    await expect(ticketPicture(ticket, columns)).toMatchFileSnapshot(`testing/tickets/${language}.svg`);
    expect(Math.max(...ticket.lines.map(({ text }) => [...text].length))).toBeLessThanOrEqual(columns);
    // Half past midnight in Berlin is another day and year than the clock's.
    const text = ticket.lines.map((line) => line.text).join(" ");
    expect(text).toMatch(/27/);
    expect(text).not.toMatch(/2026|23[:.]30/);
  });
});
