import { expect, it } from "vitest";
import { site } from "./site.ts";

const ID = "00000000-0000-7000-8000-00000000000";
const reader = (id: string, path: string): object => ({ driver: "serial_lines", id, path, reads: "code" });

function faults(lanes: readonly object[], boards: readonly object[] = []): string[] {
  const full = lanes.map((lane, at) => ({
    id: `${ID}${at + 1}`,
    code: `l${at + 1}`,
    direction: "entry",
    wiring: { driver: "sim" },
    ...lane,
  }));
  const parsed = site.safeParse({
    lot_id: `${ID}a`,
    operator_id: `${ID}b`,
    code: "lot",
    name: "Lot",
    time_zone: "UTC",
    boards,
    lanes: full,
  });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

it("finds two devices at one serial port, also when one is a board", () => {
  const display = { driver: "serial_text", path: "/dev/a" };
  expect(
    faults(
      [{ peripherals: { display } }, { peripherals: { readers: [reader("r", "/dev/a"), reader("s", "/dev/b")] } }],
      [{ driver: "modbus_rtu", id: "io", profile: "p", path: "/dev/b" }],
    ),
  ).toEqual([
    "lanes.1.peripherals.readers.0.path: this serial port is that of display of lane l1 already",
    "lanes.1.peripherals.readers.1.path: this serial port is that of board io already",
  ]);
});

it("finds two readers of one name at a lane, not at two", () => {
  const one = { peripherals: { readers: [reader("r", "/dev/a"), reader("r", "/dev/b")] } };
  expect(faults([one])).toEqual([
    'lanes.0.peripherals.readers.1.id: there is another reader "r" at this lane; each needs its own',
  ]);
  expect(
    faults([
      { peripherals: { readers: [reader("r", "/dev/a")] } },
      { peripherals: { readers: [reader("r", "/dev/b")] } },
    ]),
  ).toEqual([]);
});

it("refuses a simulated device at a wired lane", () => {
  const on = (channel: number): object => ({ board: "io", channel });
  const wiring = {
    driver: "wired",
    barrier: { raise: on(1), lower: on(2), limits: { up: on(1), down: on(2) } },
    loops: { arming: on(3), safety: on(4), closing: on(5) },
    contacts: { photo_eye: on(6), fire: on(7) },
  };
  const boards = [{ driver: "modbus_tcp", id: "io", profile: "p", host: "h" }];
  expect(faults([{ wiring, peripherals: { printer: { driver: "sim" } } }], boards)).toEqual([
    "lanes.0.peripherals.printer.driver: a simulated device needs a lane with simulated wiring; nobody could play it here",
  ]);
});
