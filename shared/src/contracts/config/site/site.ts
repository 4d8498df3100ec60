import { z } from "zod";
import { code, direction, isTimeZone, laneDirection, uuid } from "../../primitives.ts";
import { board } from "./boards.ts";
import { camera } from "./camera.ts";
import { checkPeripherals } from "./check-peripherals.ts";
import { checkPoints } from "./check-points.ts";
import { lanePeripherals } from "./peripherals.ts";
import { protection } from "./protection.ts";
import { laneTimings } from "./timings.ts";
import { wiring } from "./wiring.ts";

export const lane = z.strictObject({
  id: uuid.describe("The lane's id, the same as in the cloud."),
  code: code.describe("Short name of the lane, as people and the gate command use it."),
  direction: laneDirection.describe("Which way vehicles go."),
  default_direction: direction
    .default("entry")
    .describe(
      "For a reversible lane: which way it works until it is turned. Its loops are named for entering vehicles.",
    ),
  without_read: z
    .enum(["open", "ask"])
    .default("open")
    .describe(
      "What an exit does for a vehicle of which nothing is read: open by the lot's fail policy, or ask for a ticket or code, where there is a reader for them.",
    ),
  without_ticket: z
    .enum(["closed", "plate"])
    .default("closed")
    .describe("What an entry does when no ticket can be printed: stay closed, or take the plate in its place."),
  wiring,
  cameras: z.array(camera).max(4).default([]).describe("Cameras that read this lane's plates."),
  protection: protection.prefault({}),
  peripherals: lanePeripherals.prefault({}).describe("Devices of the lane beside barrier and detectors."),
  timings: laneTimings.prefault({}),
});

const timeZone = z
  .string()
  .refine(isTimeZone, "is no IANA time zone; write it like Europe/Berlin")
  .describe("IANA time zone of the lot.");

/** `firmware-configs/sites/<lot>.yaml`: the wiring of one lot. A key that is not known is refused: it may be a misspelt one. */
export const site = z
  .strictObject({
    lot_id: uuid.describe("The lot's id, the same as in the cloud."),
    operator_id: uuid.describe("Id of the operator that runs the lot."),
    code: code.describe("Short name of the lot."),
    name: z.string().min(1).max(255).describe("Name of the lot for people."),
    time_zone: timeZone,
    boards: z.array(board).max(32).default([]).describe("Relay and input boards that wired lanes use."),
    lanes: z.array(lane).min(1).max(64).describe("The lanes that this agent drives."),
  })
  .superRefine(checkPoints)
  .superRefine(checkPeripherals)
  .superRefine(({ lanes }, context) => {
    const seen = new Set<string>();
    const demandNew = (what: string, value: string, path: (string | number)[]): void => {
      if (seen.has(`${what} ${value}`))
        context.addIssue({ code: "custom", path, message: `there is another ${what} "${value}"; each needs its own` });
      seen.add(`${what} ${value}`);
    };
    for (const [at, { id, code, cameras, direction: built }] of lanes.entries()) {
      demandNew("lane id", id, ["lanes", at, "id"]);
      demandNew("lane", code, ["lanes", at, "code"]);
      for (const [nth, one] of cameras.entries()) {
        demandNew("camera", one.id, ["lanes", at, "cameras", nth, "id"]);
        if (one.lane_direction === undefined || built === "reversible" || built === one.lane_direction) continue;
        const path = ["lanes", at, "cameras", nth, "lane_direction"];
        const message = `the lane is built as ${built}, so no read of this camera would ever count; leave it out`;
        context.addIssue({ code: "custom", path, message });
      }
    }
  });

export type SiteLane = z.infer<typeof lane>;
export type Site = z.infer<typeof site>;
