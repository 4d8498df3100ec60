import { type SessionStatus, sessionStatus } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Money, toMajor } from "@gatehouse/shared/kit/money.ts";
import type { parkingSessions } from "../../db/schema/sessions.ts";

export type SessionRow = typeof parkingSessions.$inferSelect;

/** Statuses of a session whose vehicle is inside. */
export const INSIDE = ["open", "paid"] as const;

/** A session as the API tells it; amounts in minor units, and the fee in major units as the events carry it. */
export interface SessionView {
  readonly id: Uuid;
  readonly user_id: Uuid | null;
  readonly parking_lot_id: Uuid;
  readonly parking_spot_id: Uuid | null;
  readonly license_plate: string | null;
  readonly ticket: string | null;
  readonly kind: string;
  readonly spot_type: string;
  readonly entry_time: string;
  readonly exit_time: string | null;
  readonly status: SessionStatus;
  readonly close_reason: string | null;
  readonly tariff: { readonly id: Uuid; readonly version: number } | null;
  readonly fee: number | null;
  readonly fee_minor: number | null;
  readonly paid_minor: number;
  readonly debt_minor: number;
  readonly currency: string;
  readonly duration_seconds: number | null;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A row as the API tells it. */
export function toView(row: SessionRow): SessionView {
  const { tariff_id, tariff_version, fee_minor, currency } = row;
  return {
    id: row.id,
    user_id: row.user_id,
    parking_lot_id: row.parking_lot_id,
    parking_spot_id: row.parking_spot_id,
    license_plate: row.license_plate,
    ticket: row.ticket,
    kind: row.kind,
    spot_type: row.spot_type,
    entry_time: row.entry_time.toISOString(),
    exit_time: row.exit_time?.toISOString() ?? null,
    status: sessionStatus.parse(row.status),
    close_reason: row.close_reason,
    tariff: tariff_id !== null && tariff_version !== null ? { id: tariff_id, version: tariff_version } : null,
    fee: fee_minor === null ? null : toMajor(moneyOf(fee_minor, currency)),
    fee_minor,
    paid_minor: row.paid_minor,
    debt_minor: row.debt_minor,
    currency,
    duration_seconds: row.exit_time === null ? null : durationSeconds(row.entry_time, row.exit_time),
    version: row.version,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** Whole seconds of a stay; a clock that stepped back makes none of it, never less. */
export function durationSeconds(entry: Date, exit: Date): number {
  return Math.max(0, Math.floor((exit.getTime() - entry.getTime()) / 1_000));
}

/** An amount in minor units with its currency. */
export function moneyOf(amountMinor: number, currency: string): Money {
  return { amountMinor, currency };
}
