import { existsSync, readFileSync } from "node:fs";
import { type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { type TruthRecord, truthRecord, type Visit } from "./truth.ts";

/** A vehicle that an earlier run of the world left somewhere. */
export interface Remembered {
  readonly stay: string;
  readonly kind: Visit["vehicle"];
  readonly plate: string | null;
  /** The ticket in the driver's hand. */
  readonly ticket: string | null;
}

/** What a lot's earlier runs come to. */
export interface LotPast {
  /** Arrivals so far, so that numbers go on. */
  readonly arrivals: number;
  readonly inside: readonly (Remembered & { readonly enteredAt: WallMs })[];
  /** Stood in an entry when the world ended; they still want to come in. */
  readonly atEntries: readonly Remembered[];
}

/** Reads an earlier truth file; none at all is an empty past. A last line that was cut off is passed over. */
export function readTruth(file: string | null): readonly TruthRecord[] {
  if (file === null || !existsSync(file)) return [];
  return readFileSync(file, "utf8").split("\n").flatMap(readLine);
}

/** Who is where in one lot, after all that was recorded. */
export function pastOf(lotId: string, lotCode: string, records: readonly TruthRecord[]): LotPast {
  const inside = new Map<string, LotPast["inside"][number]>();
  const atEntries = new Map<string, Remembered>();
  let arrivals = 0;
  for (const record of records) {
    if (!("stay" in record) || record.lot_id !== lotId) continue;
    arrivals = Math.max(arrivals, arrivalNumber(record.stay, lotCode));
    if (record.kind === "interrupted")
      atEntries.set(record.stay, { stay: record.stay, kind: record.vehicle, plate: record.plate, ticket: null });
    if (record.kind !== "visit") continue;
    if (record.direction === "entry") atEntries.delete(record.stay);
    if (record.outcome !== "passed" && record.outcome !== "tailgated") continue;
    if (record.direction === "exit") inside.delete(record.stay);
    else {
      const { stay, vehicle: kind, plate, ticket, ended_at } = record;
      inside.set(stay, { stay, kind, plate, ticket, enteredAt: wallMs(ended_at) });
    }
  }
  return { arrivals, inside: [...inside.values()], atEntries: [...atEntries.values()] };
}

function readLine(line: string): TruthRecord[] {
  try {
    return [truthRecord.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

/** 17 for `mitte-17`; 0 for a vehicle that was injected. */
function arrivalNumber(stay: string, lotCode: string): number {
  const number = stay.startsWith(`${lotCode}-`) ? Number(stay.slice(lotCode.length + 1)) : 0;
  return Number.isInteger(number) ? number : 0;
}
