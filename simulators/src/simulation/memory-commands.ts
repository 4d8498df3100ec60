import type { Command } from "@gatehouse/cloud/services/devices/dispatch-commands.ts";
import type { CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";

type Asked = Pick<Command, "id" | "device_id" | "lane_id" | "nonce"> & {
  readonly issuedAt: Date;
  readonly notAfter: Date;
};

const RESULT_GRACE_MS = 5 * SECOND_MS;

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
    const sent = due.map((row) => ({ ...row, status: "sent", sent_at: now }) as const);
    for (const row of sent) this.#rows.set(row.id, row);
    return sent;
  }

  /** What the edge says became of one; the first word counts. */
  record({ id, outcome, refusal, message }: CommandResult, now: Date): void {
    const row = this.#rows.get(id);
    if (!row || (row.status !== "pending" && row.status !== "sent" && row.status !== "expired")) return;
    this.#rows.set(id, { ...row, status: outcome, refusal, message, result_at: now });
  }

  /** Marks those whose life is over without a result; the result of one that was sent may still be on its way for a while. */
  expire(now: Date): void {
    const message = "The edge did not answer in time.";
    const graceMs = { pending: 0, sent: RESULT_GRACE_MS };
    for (const row of this.#rows.values()) {
      if (row.status !== "pending" && row.status !== "sent") continue;
      if (row.not_after.getTime() > now.getTime() - graceMs[row.status]) continue;
      this.#rows.set(row.id, { ...row, status: "expired", result_at: now, message });
    }
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
