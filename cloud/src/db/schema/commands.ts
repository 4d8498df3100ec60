import { index, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** `pending` until the hub has signed and sent it; then what the edge says is the only "done" (SYNC-11). */
export const commandStatuses = ["pending", "sent", "done", "refused", "expired"] as const;
export type CommandStatus = (typeof commandStatuses)[number];

/** Commands to lanes. Times are the machine's own, never simulated: a command's life is physical. */
export const commands = pgTable(
  "commands",
  {
    id: uuid("id").primaryKey(),
    operatorId: uuid("operator_id").notNull(),
    lotId: uuid("lot_id").notNull(),
    deviceId: uuid("device_id").notNull(),
    laneId: uuid("lane_id").notNull(),
    action: text("action").notNull(),
    actor: text("actor").notNull(),
    reason: text("reason").notNull(),
    nonce: text("nonce").notNull(),
    issuedAt: instant("issued_at").notNull(),
    notAfter: instant("not_after").notNull(),
    status: text("status", { enum: commandStatuses }).notNull().default("pending"),
    refusal: text("refusal"),
    message: text("message"),
    sentAt: instant("sent_at"),
    resultAt: instant("result_at"),
  },
  (table) => [
    // Serves the hub's look for commands to send and commands whose life is over.
    index("commands_status_device").on(table.status, table.deviceId),
  ],
);
