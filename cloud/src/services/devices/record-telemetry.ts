import type { Telemetry } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { and, eq, sql } from "drizzle-orm";
import { deviceLinks } from "../../db/schema/devices.ts";
import { type DevicesContext, LIVE_CHANNEL } from "./context.ts";
import type { LinkKey } from "./record-link.ts";

/** The present picture of a lot's lanes; the last one counts. */
export async function recordTelemetry(
  { db, clock }: Pick<DevicesContext, "db" | "clock">,
  link: LinkKey,
  telemetry: Telemetry,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .update(deviceLinks)
      .set({
        lanes: telemetry.lanes,
        link_state: telemetry.link_state,
        outbox_pending: telemetry.outbox_pending,
        standing: telemetry.standing ?? null,
        telemetry_at: new Date(telemetry.at),
        last_seen_at: new Date(clock.wall()),
      })
      .where(and(eq(deviceLinks.device_id, link.deviceId), eq(deviceLinks.connection_id, link.connectionId)));
    const live = JSON.stringify({ lot_id: link.lotId, kind: "lanes" });
    await tx.execute(sql`SELECT pg_notify(${LIVE_CHANNEL}, ${live})`);
  });
}
