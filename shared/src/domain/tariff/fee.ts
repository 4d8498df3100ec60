import type { Tariff } from "../../contracts/replica/tariff.ts";
import { wallMs } from "../../kit/clock.ts";
import { MINUTE_MS } from "../../kit/durations.ts";
import { applyCaps, type CapReduction, limitsOf } from "./caps.ts";
import type { Factors } from "./factors.ts";
import type { QuoteLine } from "./quote.ts";
import { type ChargedUnit, walkStay } from "./walk.ts";

/** The stretch of a stay that is charged, and what was left out of it. */
export interface ChargedStretch {
  readonly enteredAt: number;
  /** Free minutes of the tariff and of validations lie between `enteredAt` and this. */
  readonly chargedFrom: number;
  readonly chargedUntil: number;
}

export interface Fee {
  readonly totalMinor: number;
  readonly lines: readonly QuoteLine[];
}

/** The fee of a stretch by bands and caps, before early bird, validations, rounding of the stay, and tax. */
export function bandFee(tariff: Tariff, stretch: ChargedStretch, factors: Factors): Fee {
  const units = walkStay(tariff, stretch, factors);
  const { totalMinor, reductions } = applyCaps(units, limitsOf(tariff, stretch.chargedFrom, factors.caps));
  const lines = [
    ...freeLine(tariff, stretch),
    ...bandLines(units, stretch),
    ...roundingLines(units),
    ...capLines(reductions),
  ];
  return { totalMinor, lines };
}

/** A line of zero that tells which minutes the tariff gives away. */
function freeLine(tariff: Tariff, stretch: ChargedStretch): QuoteLine[] {
  if (tariff.free_minutes === 0) return [];
  const until = Math.min(stretch.chargedUntil, stretch.enteredAt + tariff.free_minutes * MINUTE_MS);
  return [
    {
      kind: "free_minutes",
      ruleId: "free_minutes",
      from: wallMs(stretch.enteredAt),
      to: wallMs(Math.max(stretch.enteredAt, until)),
      units: 1,
      unitMinutes: tariff.free_minutes,
      unitPriceMinor: 0,
      amountMinor: 0,
    },
  ];
}

/** Units of one band, step and price that follow each other make one line. */
function bandLines(units: readonly ChargedUnit[], { chargedUntil }: ChargedStretch): QuoteLine[] {
  const lines: QuoteLine[] = [];
  let previous: ChargedUnit | undefined;
  for (const unit of units) {
    const last = lines.at(-1);
    const to = wallMs(Math.min(unit.to, chargedUntil));
    if (last && previous && continues(previous, unit)) {
      const count = last.units + 1;
      lines[lines.length - 1] = { ...last, to, units: count, amountMinor: count * unit.unitPriceMinor };
    } else {
      lines.push({
        kind: "band",
        ruleId: unit.step === null ? unit.bandId : `${unit.bandId}/${unit.step}`,
        from: wallMs(unit.from),
        to,
        units: 1,
        unitMinutes: unit.unitMinutes,
        unitPriceMinor: unit.unitPriceMinor,
        amountMinor: unit.unitPriceMinor,
      });
    }
    previous = unit;
  }
  return lines;
}

function continues(previous: ChargedUnit, unit: ChargedUnit): boolean {
  return (
    previous.occurrence === unit.occurrence &&
    previous.step === unit.step &&
    previous.unitPriceMinor === unit.unitPriceMinor &&
    previous.to === unit.from
  );
}

/** What rounding each band's sum added or took away. */
function roundingLines(units: readonly ChargedUnit[]): QuoteLine[] {
  const byOccurrence = new Map<string, { bandId: string; differenceMinor: number }>();
  for (const { occurrence, bandId, amountMinor, unitPriceMinor } of units) {
    if (amountMinor === unitPriceMinor && !byOccurrence.has(occurrence)) continue;
    const differenceMinor = (byOccurrence.get(occurrence)?.differenceMinor ?? 0) + amountMinor - unitPriceMinor;
    byOccurrence.set(occurrence, { bandId, differenceMinor });
  }
  return [...byOccurrence.values()].flatMap(({ bandId, differenceMinor }) =>
    differenceMinor === 0 ? [] : [plainLine("rounding", bandId, differenceMinor)],
  );
}

function capLines(reductions: readonly CapReduction[]): QuoteLine[] {
  return reductions.map((reduction) => ({
    ...plainLine("cap", reduction.capId, -reduction.reducedMinor),
    from: wallMs(reduction.from),
    to: wallMs(reduction.to),
  }));
}

/** A line for one amount that belongs to no stretch of time. */
export function plainLine(kind: QuoteLine["kind"], ruleId: string, amountMinor: number): QuoteLine {
  return { kind, ruleId, from: null, to: null, units: 1, unitMinutes: null, unitPriceMinor: amountMinor, amountMinor };
}
