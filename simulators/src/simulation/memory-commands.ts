import type { Command } from "@gatehouse/cloud/services/devices/dispatch-commands.ts";
import type { CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";

type Asked = Pick<Command, "id" | "device_id" | "lane_id" | "nonce"> & {
  readonly issuedAt: Date;
  readonly notAfter: Date;
};

/** A model of one device's commands in the database, by the same conditions as the services' statements. */
export class MemoryCommands {
  #rows = new Map<Uuid, Command>();

  ask({ issuedAt, notAfter, ...ids }: Asked): void {
    this.#rows.set(ids.id, {
      ...ids,
      operator_id: ids.device_id,
      lot_id: ids.device_id,
      action: "open",
      actor: "simulated operator",
      reason: "a simulated car waits",
      issued_at: issuedAt,
      not_after: notAfter,
      status: "pending",
      refusal: null,
      message: null,
      sent_at: null,
      result_at: null,
    });
  }

  /** Hands each command out once, and none after its life. */
  claim(now: Date): readonly Command[] {
    const due = [...this.#rows.values()].filter((row) => row.status === "pending" && row.not_after > now);
    for (const row of due) this.#rows.set(row.id, { ...row, status: "sent", sent_at: now });
    return due;
  }

  /** What the edge says became of one; the first word counts. */
  record({ id, outcome, refusal, message }: CommandResult, now: Date): void {
    const row = this.#rows.get(id);
    if (!row || (row.status !== "pending" && row.status !== "sent" && row.status !== "expired")) return;
    this.#rows.set(id, { ...row, status: outcome, refusal, message, result_at: now });
  }

  find(id: Uuid): Command | null {
    return this.#rows.get(id) ?? null;
  }

  /** Rows are replaced and never changed, so a copy of their list is a backup. */
  backup(): ReadonlyMap<Uuid, Command> {
    return new Map(this.#rows);
  }

  /** Becomes what it was when `rows` were backed up. */
  restore(rows: ReadonlyMap<Uuid, Command>): void {
    this.#rows = new Map(rows);
  }
}
