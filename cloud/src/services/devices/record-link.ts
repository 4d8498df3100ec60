import type { Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, sql } from "drizzle-orm";
import type { DatabaseOrTransaction } from "../../db/database.ts";
import { deviceLinks } from "../../db/schema/devices.ts";
import { type DevicesContext, LIVE_CHANNEL } from "./context.ts";

type LinkContext = Pick<DevicesContext, "db" | "clock">;

/** One connection of one device to one hub process. */
export interface LinkKey {
  readonly deviceId: Uuid;
  readonly lotId: Uuid;
  readonly hubId: Uuid;
  readonly connectionId: Uuid;
}

/** The device is connected; a connection that it had before counts no more. */
export async function recordLinkUp({ db, clock }: LinkContext, link: LinkKey): Promise<void> {
  const now = new Date(clock.wall());
  const up = {
    hub_id: link.hubId,
    connection_id: link.connectionId,
    connected: true,
    link_nonce: null,
    last_seen_at: now,
  };
  await db.transaction(async (tx) => {
    await tx
      .insert(deviceLinks)
      .values({ device_id: link.deviceId, lot_id: link.lotId, since: now, ...up })
      .onConflictDoUpdate({
        target: deviceLinks.device_id,
        set: { ...up, since: sql`CASE WHEN device_links.connected THEN device_links.since ELSE excluded.since END` },
      });
    await tellLink(tx, link.lotId);
  });
}

/** What the device said of itself when it connected. */
export async function recordHello({ db, clock }: LinkContext, link: LinkKey, hello: Hello): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .update(deviceLinks)
      .set({
        link_nonce: hello.link_nonce,
        agent_version: hello.agent_version,
        replica_version: hello.replica_version,
        replica_checksum: hello.replica_checksum,
        last_seen_at: new Date(clock.wall()),
      })
      .where(isPresent(link));
    await tellLink(tx, link.lotId);
  });
}

/** The version of the replica that was handed to the device over its present connection. */
export async function recordReplicaSent(
  { db }: LinkContext,
  link: LinkKey,
  replica: { readonly version: number; readonly checksum: string },
): Promise<void> {
  await db
    .update(deviceLinks)
    .set({ replica_version: replica.version, replica_checksum: replica.checksum })
    .where(isPresent(link));
}

/** The connection is gone; nothing changes when a newer one of the device is there already. */
export async function recordLinkDown({ db, clock }: LinkContext, link: LinkKey): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .update(deviceLinks)
      .set({ connected: false, link_nonce: null, since: new Date(clock.wall()) })
      .where(isPresent(link));
    await tellLink(tx, link.lotId);
  });
}

/** Connections of a hub process that is no more (it starts anew, so it holds none). */
export async function recordHubStart({ db, clock }: LinkContext, hubId: Uuid): Promise<void> {
  const gone = await db
    .update(deviceLinks)
    .set({ connected: false, link_nonce: null, since: new Date(clock.wall()) })
    .where(and(eq(deviceLinks.hub_id, hubId), eq(deviceLinks.connected, true)))
    .returning({ lotId: deviceLinks.lot_id });
  for (const { lotId } of gone) await tellLink(db, lotId);
}

function isPresent({ deviceId, connectionId }: LinkKey) {
  return and(eq(deviceLinks.device_id, deviceId), eq(deviceLinks.connection_id, connectionId));
}

async function tellLink(tx: Pick<DatabaseOrTransaction, "execute">, lotId: Uuid): Promise<void> {
  await tx.execute(sql`SELECT pg_notify(${LIVE_CHANNEL}, ${JSON.stringify({ lot_id: lotId, kind: "link" })})`);
}
