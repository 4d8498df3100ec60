import type { Channel, InputPoint, OutputPoint } from "./points.ts";
import type { WiredLane } from "./wiring.ts";

type Path = readonly (string | number)[];

/** A point of a lane with the place where the site file names it, below `wiring`. */
export type WiredPoint =
  | { readonly kind: "output"; readonly path: Path; readonly shared: false; readonly point: OutputPoint }
  | {
      readonly kind: "input";
      readonly path: Path;
      /** One contact may serve several lanes: the fire alarm, a detector's fault or supply, the cabinet, the key, the selector. */
      readonly shared: boolean;
      readonly point: InputPoint;
    };

const SHARED_CONTACTS: readonly string[] = ["fire", "cabinet_door", "key_switch", "outputs_enabled"];

/** Every point of a lane, outputs first. */
export function pointsOf(wiring: WiredLane): readonly WiredPoint[] {
  const { barrier, loops, contacts, buttons } = wiring;
  const output = (path: Path, point: OutputPoint | undefined): WiredPoint[] =>
    point ? [{ kind: "output", path, shared: false, point }] : [];
  const input = (path: Path, point: InputPoint | undefined, shared = false): WiredPoint[] =>
    point ? [{ kind: "input", path, shared, point }] : [];
  const outputs = (["raise", "lower", "stop", "hold", "light"] as const).flatMap((name) =>
    output(["barrier", name], barrier[name]),
  );
  const tests = (["photo_eye", "photo_eye_b", "safety_edge"] as const).flatMap((name) =>
    output(["barrier", "tests", name], barrier.tests[name]),
  );
  const limits = (["up", "down"] as const).flatMap((name) => input(["barrier", "limits", name], barrier.limits[name]));
  const ofLoops = (["arming", "safety", "closing", "safety_b"] as const).flatMap((name) =>
    input(["loops", name], loops[name]),
  );
  const faults = loops.detectors.flatMap(({ fault, power }, at) => [
    ...input(["loops", "detectors", at, "fault"], fault, true),
    ...(power === "with_board" ? [] : input(["loops", "detectors", at, "power"], power, true)),
  ]);
  const ofContacts = Object.entries(contacts).flatMap(([name, point]) =>
    point === undefined || point === "none" ? [] : input(["contacts", name], point, SHARED_CONTACTS.includes(name)),
  );
  // A detector's fault before its loops, so that a round tells it first.
  const ofButtons = (["ticket", "help"] as const).flatMap((name) => input(["buttons", name], buttons[name]));
  return [...outputs, ...tests, ...limits, ...faults, ...ofLoops, ...ofContacts, ...ofButtons];
}

/** Which channels of one board the lanes use. */
export interface BoardUse {
  readonly outputs: readonly Channel[];
  readonly inputs: readonly Channel[];
}

/** What the lanes of a site use of a board; each channel once. */
export function boardUse(
  boardId: string,
  lanes: readonly { readonly wiring: WiredLane | { driver: "sim" } }[],
): BoardUse {
  const points = lanes
    .flatMap(({ wiring }) => (wiring.driver === "wired" ? pointsOf(wiring) : []))
    .filter(({ point }) => point.board === boardId);
  const channels = (kind: WiredPoint["kind"]): Channel[] => [
    ...new Set(points.filter((one) => one.kind === kind).map(({ point }) => point.channel)),
  ];
  return { outputs: channels("output"), inputs: channels("input") };
}
