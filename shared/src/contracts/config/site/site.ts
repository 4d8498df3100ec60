import { z } from "zod";
import { code, isTimeZone, laneDirection, uuid } from "../../primitives.ts";
import { board } from "./boards.ts";
import { camera } from "./camera.ts";
import { checkPoints } from "./check-points.ts";
import { lanePeripherals } from "./peripherals.ts";
import { protection } from "./protection.ts";
import { laneTimings } from "./timings.ts";
import { wiring } from "./wiring.ts";

export const lane = z.strictObject({
  id: uuid.describe("The lane's id, the same as in the cloud."),
  code: code.describe("Short name of the lane, as people and the gate command use it."),
  direction: laneDirection.describe("Which way vehicles go."),
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
  .superRefine(({ lanes }, context) => {
    const seen = new Set<string>();
    const demandNew = (what: string, value: string, path: (string | number)[]): void => {
      if (seen.has(`${what} ${value}`))
        context.addIssue({ code: "custom", path, message: `there is another ${what} "${value}"; each needs its own` });
      seen.add(`${what} ${value}`);
    };
    for (const [at, { id, code, cameras }] of lanes.entries()) {
      demandNew("lane id", id, ["lanes", at, "id"]);
      demandNew("lane", code, ["lanes", at, "code"]);
      for (const [nth, one] of cameras.entries()) demandNew("camera", one.id, ["lanes", at, "cameras", nth, "id"]);
    }
  });

export type SiteLane = z.infer<typeof lane>;
export type Site = z.infer<typeof site>;
