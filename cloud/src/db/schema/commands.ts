import type { CommandRefusal } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** `pending` until the hub has signed and sent it; then what the edge says is the only "done" (SYNC-11). */
export const commandStatuses = ["pending", "sent", "done", "refused", "expired"] as const;
export type CommandStatus = (typeof commandStatuses)[number];

/** Commands to lanes. Times are the machine's own, never simulated: a command's life is physical. */
export const commands = pgTable(
  "commands",
  {
    id: uuid("id").primaryKey(),
    operator_id: uuid("operator_id").notNull(),
    lot_id: uuid("lot_id").notNull(),
    device_id: uuid("device_id").notNull(),
    lane_id: uuid("lane_id").notNull(),
    action: text("action").notNull(),
    actor: text("actor").notNull(),
    reason: text("reason").notNull(),
    nonce: text("nonce").notNull(),
    issued_at: instant("issued_at").notNull(),
    not_after: instant("not_after").notNull(),
    status: text("status", { enum: commandStatuses }).notNull().default("pending"),
    refusal: text("refusal").$type<CommandRefusal>(),
    message: text("message"),
    sent_at: instant("sent_at"),
    result_at: instant("result_at"),
  },
  (table) => [
    // Serves the hub's look for commands to send and commands whose life is over.
    index("commands_status_device").on(table.status, table.device_id),
  ],
);
