import type { DeviceProfiles } from "@gatehouse/shared/contracts/config/profiles/device-profiles.ts";
import type { ModbusBoard } from "@gatehouse/shared/contracts/config/site/boards.ts";
import type { Site } from "@gatehouse/shared/contracts/config/site/site.ts";
import { pointsOf } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import { type LineTimes, lineTimes, typicalAnswerMs } from "./bus-time.ts";
import type { Tell } from "./rule-finding.ts";

/** From the first sample of a hazard to the relay that is off, ms (SAFE-04). */
const OFF_MAX_MS = 50;
/** A hazard as short as this is seen, ms (SAFE-12). */
const SEEN_MS = 20;
/** Inputs that stop an arm on its way down, and the output that then has to go off. */
const STOPPING = /^(loops\.safety|contacts\.(photo_eye|safety_edge|fire))/;
const LOWERING = /^barrier\.lower$/;
const HELP =
  "Wire the inputs that stop the arm, and its relays, to GPIO, or measure the board's answer and write it as `answer_ms` " +
  "into a profile of your own.";
const BUS_HELP = `${HELP} A higher \`baud\`, or fewer boards on one bus, help too.`;
const SLOW_HELP =
  "Set the boards and `baud` to 38400 or more, put fewer boards on one bus, or wire the inputs that stop the arm, and its " +
  "relays, to GPIO.";

interface Line {
  readonly at: number;
  readonly boards: readonly ModbusBoard[];
}

/** What the lines of Modbus boards can't do in time, or may not. */
export function checkLines(
  site: Site,
  { profiles, error, warn }: { profiles: DeviceProfiles; error: Tell; warn: Tell },
): void {
  for (const { at, boards } of linesOf(site)) {
    const [first] = boards;
    const known = boards.flatMap(({ profile }) => profiles.relay_board[profile] ?? []);
    const reads = isWired(site, boards, STOPPING);
    const lowers = isWired(site, boards, LOWERING);
    if (!first || known.length < boards.length || !(reads || lowers)) continue;
    const key = ["boards", at, first.driver === "modbus_rtu" ? "baud" : "host"];
    const least = stopTimes(
      lineTimes(first, known, () => 0),
      { reads, lowers },
    );
    const typical = stopTimes(lineTimes(first, known, typicalAnswerMs), { reads, lowers });
    const line = lineText(boards);
    if (isTooSlow(least))
      error(
        key,
        `${line} is too slow to stop an arm: ${timesText(least)}, and the boards' own time comes on top`,
        SLOW_HELP,
      );
    else if (isTooSlow(typical))
      warn(
        key,
        `${line} may be too slow for an arm: with answers after ${answerText(known.map(typicalAnswerMs))} ms, half of \`answer_ms\`, ${timesText(typical)}`,
        first.driver === "modbus_rtu" ? BUS_HELP : HELP,
      );
  }
}

/** What a line adds to the time in which an arm stops; null where it has no part in it. All in ms. */
interface StopTimes {
  readonly readMs: number | null;
  readonly offMs: number;
}

function stopTimes(
  { readMs, knownMs, orderMs }: LineTimes,
  { reads, lowers }: { readonly reads: boolean; readonly lowers: boolean },
): StopTimes {
  return { readMs: reads ? readMs : null, offMs: (reads ? knownMs : 0) + (lowers ? orderMs : 0) };
}

function isTooSlow({ readMs, offMs }: StopTimes): boolean {
  return offMs > OFF_MAX_MS || (readMs ?? 0) > SEEN_MS;
}

function timesText({ readMs, offMs }: StopTimes): string {
  const read =
    readMs === null
      ? ""
      : `an input is read every ${readMs} ms (at most ${SEEN_MS}, the shortest hazard that must be seen, SAFE-12), and `;
  return `${read}it takes ${offMs} ms of the ${OFF_MAX_MS} in which an arm has to stop (SAFE-04)`;
}

/** Boards with the same path or address, with the place of the first in the site file. */
function linesOf({ boards }: Site): readonly Line[] {
  const lines = new Map<string, { at: number; boards: ModbusBoard[] }>();
  for (const [at, board] of boards.entries()) {
    if (board.driver !== "modbus_rtu" && board.driver !== "modbus_tcp") continue;
    const name = board.driver === "modbus_rtu" ? board.path : `${board.host}:${board.port}`;
    const line = lines.get(name) ?? { at, boards: [] };
    line.boards.push(board);
    lines.set(name, line);
  }
  return [...lines.values()];
}

function isWired({ lanes }: Site, boards: readonly ModbusBoard[], what: RegExp): boolean {
  const names = boards.map(({ id }) => id);
  return lanes.some(
    ({ wiring }) =>
      wiring.driver === "wired" &&
      pointsOf(wiring).some(({ path, point }) => what.test(path.join(".")) && names.includes(point.board)),
  );
}

function lineText(boards: readonly ModbusBoard[]): string {
  const [first] = boards;
  const count = `${boards.length} ${boards.length === 1 ? "board" : "boards"}`;
  return first?.driver === "modbus_rtu"
    ? `a bus of ${count} at ${first.baud} bit/s`
    : `a connection to ${count} on Modbus TCP`;
}

function answerText(answers: readonly number[]): string {
  return [...new Set(answers)].join(" or ");
}
