import { join } from "node:path";
import { readSite } from "@gatehouse/edge/agent/config.ts";
import { createDecisionDesk } from "@gatehouse/edge/decision/desk.ts";
import { createLaneSystem } from "@gatehouse/edge/lane/lane-system.ts";
import { openStore } from "@gatehouse/edge/store/open-store.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";

/*
 * The lanes of a lot as a process that can be killed: real store, desk, lanes and drivers, as the agent has them while its
 * link is up. A camera reads the plate that is given twice a second. Arguments: site file, data directory, socket, plate.
 */
const [siteFile = "", directory = "", path = "", plate = ""] = process.argv.slice(2);
const READ_EVERY_MS = 500;

const say = (fields: object, message: string): void => {
  process.stderr.write(`${JSON.stringify({ ...fields, message })}\n`);
};
const log = { info: say, warn: say, error: say };
const clock = systemClock();
const newId = uuidv7Source(clock, systemRandom);
const site = await readSite(siteFile);
const clockQuality = () => "synced" as const;
const store = openStore({ directory, clock, newId, clockQuality, log });
const desk = createDecisionDesk({ store, site, newId, clock, clockQuality, log, linkState: () => "online" });
const lanes = createLaneSystem({
  site,
  desk,
  journal: store.journal,
  report: async (event) => void (await store.outbox.append(event)),
  clock,
  newId,
  log,
  ioListen: { path },
  fallbackDir: join(directory, "fallback"),
});
await lanes.run();
const laneId = site.lanes[0]?.id ?? "";
clock.every(READ_EVERY_MS, () => lanes.offer({ laneId, kind: "plate", value: plate, read: null, direction: null }));
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
process.on("SIGTERM", () => void lanes.stop().then(() => process.exit(0)));
