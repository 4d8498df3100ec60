import { writeFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { later, sleep } from "@gatehouse/shared/kit/clock.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { z } from "zod";
import { agentStatus, type CameraRow, cameraRow } from "../../local-api/contract.ts";
import { lotTime } from "../../local-api/lot-time.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { table } from "../table.ts";

export interface CameraTestOptions {
  readonly camera: string | null;
  /** How long a read is waited for; 0: not at all. */
  readonly waitMs: number;
  /** Where a snapshot is put; null: none is asked for. */
  readonly snapshotFile: string | null;
}

const LOOK_EVERY_MS = 500;
const rows = z.array(cameraRow);

/** `gate camera test [CAMERA]`: how each camera does; of one also a snapshot, and whether a read comes. */
export async function cameraTest(
  context: CommandContext,
  { camera, waitMs, snapshotFile }: CameraTestOptions,
): Promise<void> {
  const { lot } = await context.agent.get("/status", agentStatus);
  const all = await context.agent.get("/cameras", rows);
  const chosen = camera === null ? all : all.filter(({ id }) => id === camera);
  if (camera !== null && chosen.length === 0)
    throw new CommandFailure(
      EXIT.usage,
      `There is no camera "${camera}" here; the cameras are: ${all.map(({ id }) => id).join(", ") || "none"}.`,
    );
  const [one] = chosen;
  if (camera === null || !one) {
    show(context, chosen, () =>
      chosen.length === 0 ? "The site file names no cameras." : cameraTable(chosen, lot.time_zone),
    );
    return;
  }
  if (!context.json) context.write(`${cameraTable([one], lot.time_zone)}\n`);
  if (snapshotFile !== null) await snapshot(context, one, snapshotFile);
  const read = waitMs === 0 ? one : await waitForRead(context, one, waitMs);
  show(context, read, () =>
    waitMs === 0
      ? ""
      : `A read came: ${read.reads - one.reads} in this test. See what the lane made of it: gate journal --lane ${one.lane}`,
  );
}

async function snapshot(context: CommandContext, { id }: CameraRow, file: string): Promise<void> {
  const picture = await buffer(await context.agent.bytes("GET", `/cameras/${encodeURIComponent(id)}/snapshot`));
  await writeFile(file, picture, { mode: 0o600 });
  if (!context.json) context.write(`${file}: a picture of ${picture.length} bytes\n`);
}

async function waitForRead(context: CommandContext, before: CameraRow, waitMs: number): Promise<CameraRow> {
  if (!context.json)
    context.write(
      `Show a plate to ${before.id}, with a vehicle on the arming loop of ${before.lane}; waiting ${Math.round(waitMs / SECOND_MS)} s...\n`,
    );
  const until = later(context.clock.mono(), waitMs);
  let now = before;
  while (context.clock.mono() < until && !context.signal.aborted) {
    await sleep(context.clock, LOOK_EVERY_MS, context.signal);
    now = (await context.agent.get("/cameras", rows)).find(({ id }) => id === before.id) ?? now;
    if (now.reads > before.reads) return now;
    if (now.unauthorised > before.unauthorised)
      throw new CommandFailure(
        EXIT.failed,
        `${before.id} sent with a wrong secret or from a wrong address: enter the secret of the site file in the camera.`,
      );
    if (now.rejected > before.rejected)
      throw new CommandFailure(
        EXIT.failed,
        `${before.id} sent something that was not understood; its excerpt: gate doctor --json`,
      );
  }
  const what =
    now.messages > before.messages
      ? "messages came, but no plate in them: aim and focus the camera"
      : "nothing came: check the camera's power, network and the address it sends to";
  throw new CommandFailure(EXIT.failed, `No read of ${before.id}: ${what}.`);
}

function cameraTable(cameras: readonly CameraRow[], timeZone: string): string {
  return table(
    ["CAMERA", "LANE", "FORMAT", "LINK", "LAST MESSAGE", "LAST READ", "READS", "REJECTED", "REFUSED", "CLOCK"],
    cameras.map((one) => [
      one.id,
      one.lane,
      one.format,
      one.link,
      lotTime(one.last_message_at, timeZone),
      lotTime(one.last_read_at, timeZone),
      String(one.reads),
      String(one.rejected),
      String(one.unauthorised),
      one.clock_offset_ms === null ? "-" : `${(one.clock_offset_ms / SECOND_MS).toFixed(1)} s`,
    ]),
  );
}
