import type { SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { toIso } from "@gatehouse/shared/kit/clock.ts";
import { type HttpPayload, jsonPayload, type SightedVehicle } from "./sighted.ts";

type GenericMapping = NonNullable<Extract<SiteCamera, { format: "generic" }>["mapping"]>;
type Tree = { [key: string]: string | number | Tree };

/** The JSON that a camera of the generic format posts, each field where the site's mapping looks for it. */
export function genericPost(read: SightedVehicle, mapping: GenericMapping): HttpPayload {
  const tree: Tree = {};
  place(tree, mapping.plate, read.sighting.text ?? "");
  if (mapping.confidence) place(tree, mapping.confidence, Number(read.sighting.confidence.toFixed(3)));
  if (mapping.captured_at) place(tree, mapping.captured_at, toIso(read.capturedAt));
  if (mapping.event_id) place(tree, mapping.event_id, read.eventId);
  if (mapping.direction) place(tree, mapping.direction, read.leaving ? "leaving" : "approaching");
  return jsonPayload(tree);
}

function place(tree: Tree, dottedPath: string, value: string | number): void {
  const path = dottedPath.split(".");
  const last = path.pop() ?? "";
  let branch = tree;
  for (const step of path) {
    const next = branch[step];
    if (typeof next === "object") branch = next;
    else {
      const grown: Tree = {};
      branch[step] = grown;
      branch = grown;
    }
  }
  branch[last] = value;
}
