import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IoClient } from "@gatehouse/edge/drivers/sim/testing/io-client.ts";
import { createLaneSystem, type LaneSystem } from "@gatehouse/edge/lane/lane-system.ts";
import { MemoryJournal, movementId, ScriptedDesk } from "@gatehouse/edge/lane/testing/scripted-desk.ts";
import { soon } from "@gatehouse/edge/ports/testing/soon.ts";
import { site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { type NewId, uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, expect, it } from "vitest";
import { SerialLine } from "./pty.ts";
import { TextDisplay } from "./text-display.ts";
import { TicketPrinter } from "./ticket-printer.ts";
import { ZvtTerminalDevice } from "./zvt-terminal.ts";

/* Two lanes as they stand in a lot: real drivers and bytes on real serial lines and TCP, only loops and arm are simulated. */

const clock = systemClock();
const newId: NewId = uuidv7Source(clock, systemRandom);
const TICKET = "T0R5XJ00000000000000000AA";
const due = { amountMinor: 450, currency: "EUR" };
const ending: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

function closing<Device extends { close(): void }>(device: Device): Device {
  ending.push(() => device.close());
  return device;
}

async function start(lanes: readonly object[]): Promise<{ system: LaneSystem; desk: ScriptedDesk; client: IoClient }> {
  const timings = { fresh_ms: 1_000, clear_hold_ms: 200, close_delay_ms: 0 };
  const site = siteSchema.parse({
    lot_id: newId(),
    operator_id: newId(),
    code: "lot",
    name: "Parkhaus am Markt",
    time_zone: "Europe/Berlin",
    lanes: lanes.map((lane) => ({ id: newId(), wiring: { driver: "sim" }, timings, ...lane })),
  });
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-"));
  const path = join(directory, "io.sock");
  const desk = new ScriptedDesk();
  desk.newTicketCode = () => TICKET;
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const system = createLaneSystem({
    site,
    desk,
    journal: new MemoryJournal(),
    report: async () => {},
    clock,
    newId,
    log,
    ioListen: { path },
    fallbackDir: join(directory, "fallback"),
    exit: () => {},
  });
  ending.push(() => system.stop());
  await system.run();
  const client = new IoClient(path);
  ending.push(() => client.end());
  await client.next("welcome");
  for (const { code } of site.lanes) client.tellQuiet(code);
  const alive = clock.every(25, () => client.tell({ kind: "alive" }));
  ending.push(() => alive.cancel());
  await expect.poll(() => system.peripheralHealth().every(({ connected }) => connected), { timeout: 8_000 }).toBe(true);
  return { system, desk, client };
}

it("gives out a ticket at the button, and takes it with a payment at the exit", async () => {
  const display = closing(new TextDisplay("cd5220"));
  const printer = closing(new TicketPrinter({ presenter: true }));
  const button = closing(new SerialLine(() => {}));
  const scanner = closing(new SerialLine(() => {}));
  const terminal = new ZvtTerminalDevice();
  ending.push(() => terminal.stop());
  const port = await terminal.listen();
  const { system, desk, client } = await start([
    {
      code: "in-1",
      direction: "entry",
      peripherals: {
        languages: ["de"],
        display: { driver: "serial_text", path: display.line.path, protocol: "cd5220" },
        printer: { driver: "escpos", path: printer.line.path, presenter: "custom" },
        readers: [{ driver: "serial_lines", id: "box", path: button.path, reads: "code", buttons: { ticket: "BTN1" } }],
      },
    },
    {
      code: "out-1",
      direction: "exit",
      peripherals: {
        readers: [{ driver: "serial_lines", id: "scanner", path: scanner.path, reads: "code" }],
        terminal: { driver: "zvt", host: "127.0.0.1", port },
      },
    },
  ]);

  client.tell({ kind: "loop", lane: "in-1", name: "arming", signal: "occupied" });
  await soon(() => system.snapshot()[0]?.state).toBe("armed");
  button.write("BTN1\r\n");
  await expect.poll(() => printer.tickets.map(({ qr }) => qr), { timeout: 5_000 }).toEqual([[TICKET]]);
  expect(printer.tickets[0]?.lines[0]).toEqual({ text: "Parkhaus am Markt", bold: true });
  await expect.poll(() => display.shown, { timeout: 5_000 }).toBe("Bitte Ticket ziehen");
  expect(client.outputs.some((one) => one.kind === "relay" && one.name === "up" && one.on)).toBe(false);
  printer.takeTicket();
  await client.next("relay", ({ lane, name, on }) => lane === "in-1" && name === "up" && on);
  expect(desk.requests.at(-1)?.credential).toMatchObject({ kind: "ticket", value: TICKET });

  desk.script = () => ({ outcome: "ask", ask: "pay", due, sessionId: movementId(99), displayKey: "exit.pay" });
  client.tell({ kind: "loop", lane: "out-1", name: "arming", signal: "occupied" });
  await soon(() => system.snapshot()[1]?.state).toBe("armed");
  scanner.write(`${printer.tickets[0]?.qr[0]}\r\n`);
  await soon(() => terminal.asked).toEqual(due);
  terminal.present("good");
  await client.next("relay", ({ lane, name, on }) => lane === "out-1" && name === "up" && on);
  expect(desk.payments).toMatchObject([{ amount: due, reference: "ZVT-68012345-4712-1", method: "credit_card" }]);
}, 30_000);
