import type { z } from "zod";
import type { SiteBoard } from "./boards.ts";
import { installedInputs, type Protection } from "./protection.ts";
import { pointsOf, type WiredPoint } from "./wired-points.ts";
import type { WiredLane, Wiring } from "./wiring.ts";

interface Wires {
  readonly boards: readonly SiteBoard[];
  readonly lanes: readonly { readonly code: string; readonly wiring: Wiring; readonly protection: Protection }[];
}

type Tell = (path: readonly (string | number)[], message: string) => void;

/** A point with its place in the site file and a name for messages. */
type Placed = WiredPoint & { readonly at: readonly (string | number)[]; readonly lane: string };

/** What no single key can tell: points on boards that aren't there, channels with two wires, boards on one bus. */
export function checkPoints({ boards, lanes }: Wires, context: z.core.$RefinementCtx): void {
  const tell: Tell = (path, message) => context.addIssue({ code: "custom", path: [...path], message });
  checkBoards(boards, tell);
  const points = lanes.flatMap(({ code, wiring }, at) =>
    wiring.driver === "wired"
      ? pointsOf(wiring).map((one): Placed => ({ ...one, lane: code, at: ["lanes", at, "wiring", ...one.path] }))
      : [],
  );
  const known = new Map(boards.map((board) => [board.id, board]));
  for (const { at, point, kind } of points) {
    const board = known.get(point.board);
    if (!board) tell([...at, "board"], noSuchBoard(point.board, boards));
    else if (board.driver !== "gpio" && typeof point.channel === "string")
      tell([...at, "channel"], `board "${board.id}" has numbered channels; "${point.channel}" is a name`);
    else if (board.driver === "serial_loop" && kind === "output")
      tell([...at, "board"], `board "${board.id}" is a loop detector and has no relays`);
  }
  checkSecondUse(points, known, tell);
  for (const [at, { wiring, protection }] of lanes.entries()) {
    if (wiring.driver !== "wired") continue;
    checkBarrier(wiring, ["lanes", at, "wiring", "barrier"], tell);
    checkDetectors(wiring, ["lanes", at, "wiring", "loops", "detectors"], tell);
    checkProtection(wiring, protection, (path, message) => tell(["lanes", at, ...path], message));
  }
}

/** Two boards answer at different speeds, so on them nobody knows the order of two opposite outputs (SAFE-01). */
function checkBarrier({ barrier }: WiredLane, at: readonly (string | number)[], tell: Tell): void {
  const { raise, lower } = barrier;
  if (raise.board !== lower.board)
    tell(
      [...at, "lower", "board"],
      `must be "${raise.board}", the board of \`raise\`, so that one waits for the other`,
    );
}

function noSuchBoard(name: string, boards: readonly SiteBoard[]): string {
  const known = boards.map(({ id }) => id).join(", ");
  return known === ""
    ? `there is no board "${name}"; the site has no boards yet: add it to \`boards\``
    : `there is no board "${name}"; the boards are: ${known}`;
}

function checkBoards(boards: readonly SiteBoard[], tell: Tell): void {
  const ids = new Set<string>();
  const addresses = new Set<string>();
  const lines = new Map<string, string>();
  for (const [at, board] of boards.entries()) {
    if (ids.has(board.id)) tell(["boards", at, "id"], `there is another board "${board.id}"; each needs its own`);
    ids.add(board.id);
    const address = addressOf(board);
    if (addresses.has(address)) tell(["boards", at], `another board of this site already has this address: ${address}`);
    addresses.add(address);
    if (board.driver !== "modbus_rtu") continue;
    const line = `${board.baud} bit/s, parity ${board.parity}`;
    const other = lines.get(board.path);
    if (other !== undefined && other !== line)
      tell(
        ["boards", at, "baud"],
        `boards on one bus need one speed and parity; another on ${board.path} has ${other}`,
      );
    lines.set(board.path, other ?? line);
  }
}

function addressOf(board: SiteBoard): string {
  switch (board.driver) {
    case "gpio":
      return `chip ${board.chip}`;
    case "modbus_tcp":
      return `${board.host}:${board.port} unit ${board.unit}`;
    case "modbus_rtu":
      return `${board.path} unit ${board.unit}`;
    case "serial_loop":
      return board.path;
  }
}

/** A channel has one wire, but for contacts that serve several lanes under the same name. */
function checkSecondUse(points: readonly Placed[], known: ReadonlyMap<string, SiteBoard>, tell: Tell): void {
  const first = new Map<string, Placed>();
  for (const one of points) {
    const { board, channel } = one.point;
    // Of a GPIO chip a line is either; other boards number their outputs and inputs apart.
    const side = known.get(board)?.driver === "gpio" ? "" : one.kind;
    const key = `${side} ${board} ${channel}`;
    const other = first.get(key);
    if (!other) first.set(key, one);
    else if (!isSharedWith(one, other))
      tell(
        [...one.at, "channel"],
        `channel ${channel} of ${board} is already ${other.path.join(".")} of lane ${other.lane}`,
      );
  }
}

function isSharedWith(one: Placed, other: Placed): boolean {
  if (one.kind !== "input" || other.kind !== "input" || !one.shared || !other.shared) return false;
  return one.path.at(-1) === other.path.at(-1) && one.point.active === other.point.active;
}

function checkDetectors({ loops }: WiredLane, path: readonly (string | number)[], tell: Tell): void {
  const served = new Set<string>();
  for (const [at, detector] of loops.detectors.entries()) {
    for (const [nth, name] of detector.loops.entries()) {
      if (served.has(name)) tell([...path, at, "loops", nth], `another detector already serves the loop ${name}`);
      served.add(name);
      if (loops[name] === undefined)
        tell([...path, at, "loops", nth], `this lane has no loop ${name}; add it to \`loops\``);
    }
  }
}

/** What protects the lane, and what is wired, are the same things: an input that nobody asks for protects nobody. */
function checkProtection({ barrier, loops, contacts }: WiredLane, protection: Protection, tell: Tell): void {
  const asked = installedInputs(protection);
  const demand = (path: readonly string[], isWired: boolean, isAsked: boolean): void => {
    const name = path.at(-1);
    if (isAsked && !isWired) tell(["wiring", ...path], `is missing: \`protection\` says that this lane has ${name}`);
    if (isWired && !isAsked)
      tell(["wiring", ...path], `nobody would ask for ${name}; name it in \`protection\`, or take it out`);
  };
  demand(["loops", "safety_b"], loops.safety_b !== undefined, asked.loops.includes("safety_b"));
  for (const name of ["photo_eye_b", "safety_edge", "cabinet_door", "key_switch", "outputs_enabled"] as const)
    demand(["contacts", name], contacts[name] !== undefined, asked.contacts.includes(name));
  for (const name of ["photo_eye", "photo_eye_b", "safety_edge"] as const)
    demand(["barrier", "tests", name], barrier.tests[name] !== undefined, protection.tested.includes(name));
}
