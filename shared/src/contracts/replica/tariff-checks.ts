import type { z } from "zod";
import type { EarlyBird, Tariff, TariffCap, TariffMultiplier, TariffRate } from "./tariff.ts";
import { dayCoverageFaults, weekCoverageFaults } from "./week-coverage.ts";

type Report = (path: string, message: string) => void;

/** Refuses a tariff whose parts contradict each other, with a sentence that says what to change. */
export function checkTariff(tariff: Tariff, context: z.RefinementCtx): void {
  const report: Report = (path, message) => context.addIssue({ code: "custom", path: path.split("."), message });
  for (const fault of weekCoverageFaults(tariff.bands)) report("bands", fault);
  checkSpecialDays(tariff, report);
  checkRates(tariff, report);
  checkCaps(tariff, report);
  for (const [index, bird] of tariff.early_birds.entries()) checkEarlyBird(bird, `early_birds.${index}`, report);
  for (const [index, one] of tariff.multipliers.entries()) checkMultiplier(one, `multipliers.${index}`, report);
  checkDoubleMultipliers(tariff.multipliers, report);
  checkIds(tariff, report);
}

function checkSpecialDays(tariff: Tariff, report: Report): void {
  const seen = new Set<string>();
  tariff.special_days.forEach((special, index) => {
    for (const fault of dayCoverageFaults(special.bands)) report(`special_days.${index}.bands`, fault);
    for (const date of special.dates) {
      if (seen.has(date)) report(`special_days.${index}.dates`, `${date} is named twice; keep it in one list.`);
      seen.add(date);
    }
  });
}

function checkRates(tariff: Tariff, report: Report): void {
  const bands = [...tariff.bands, ...tariff.special_days.flatMap((special) => special.bands)];
  for (const band of bands) {
    const fault = stepsFault(band.rate);
    if (fault) report("bands", `Band ${band.band_id}: ${fault}`);
    if (band.rate.kind === "flat" && band.cap_minor !== null) {
      report("bands", `Band ${band.band_id}: a flat price needs no cap; set cap_minor to null.`);
    }
  }
}

function stepsFault(rate: TariffRate): string | null {
  if (rate.kind !== "steps") return null;
  if (rate.steps.at(-1)?.count !== null) return "the last step goes on without end; set its count to null.";
  const early = rate.steps.slice(0, -1).findIndex((step) => step.count === null);
  return early < 0 ? null : `step ${early + 1} never ends, so those after it are never reached; give it a count.`;
}

function checkCaps({ caps, rounding, bands }: Tariff, report: Report): void {
  const periods = new Map<string, TariffCap>();
  caps.forEach((cap, index) => {
    const period = cap.period === "rolling" ? `rolling ${cap.hours} h` : cap.period;
    const other = periods.get(period);
    if (other)
      report(`caps.${index}`, `Caps ${other.cap_id} and ${cap.cap_id} are both for the period ${period}; keep one.`);
    periods.set(period, cap);
    if (rounding.mode !== "down" && cap.cap_minor % rounding.to_minor !== 0) {
      report(
        `caps.${index}.cap_minor`,
        `Rounding to ${rounding.to_minor} could exceed ${cap.cap_minor}; choose a multiple.`,
      );
    }
    for (const inner of caps) {
      if (lengthHours(inner) < lengthHours(cap) && inner.cap_minor > cap.cap_minor) {
        report(
          `caps.${index}.cap_minor`,
          `Cap ${cap.cap_id} is lower than ${inner.cap_id}, which is for a shorter period.`,
        );
      }
    }
  });
  for (const band of bands) {
    if (band.cap_minor !== null && rounding.mode !== "down" && band.cap_minor % rounding.to_minor !== 0) {
      report(
        "bands",
        `Band ${band.band_id}: rounding to ${rounding.to_minor} could exceed its cap; choose a multiple.`,
      );
    }
  }
}

function lengthHours(cap: TariffCap): number {
  switch (cap.period) {
    case "rolling":
      return cap.hours;
    case "calendar_day":
      return 24;
    case "calendar_week":
      return 24 * 7;
    case "stay":
      return Number.POSITIVE_INFINITY;
  }
}

function checkEarlyBird(bird: EarlyBird, path: string, report: Report): void {
  if (bird.entry_from >= bird.entry_to) report(path, "The entry window must end later on the same day than it starts.");
  if (bird.exit_from >= bird.exit_to) report(path, "The exit window must end later on the same day than it starts.");
  if (bird.exit_days_later === 0 && bird.exit_to <= bird.entry_from)
    report(path, "Nobody can leave before having come in.");
}

function checkMultiplier(one: TariffMultiplier, path: string, report: Report): void {
  if (one.kind === "event" && Date.parse(one.starts_at) >= Date.parse(one.ends_at)) {
    report(path, "An event must end after it starts.");
  }
  if (one.kind !== "occupancy") return;
  if (one.min_factor_permille > one.max_factor_permille)
    report(path, "min_factor_permille is above max_factor_permille.");
  const starts = one.levels.map((level) => level.from_permille);
  if (starts.some((start, index) => index > 0 && start <= (starts[index - 1] ?? 0))) {
    report(path, "Sort the levels by from_permille, each only once.");
  }
}

function checkDoubleMultipliers(multipliers: readonly TariffMultiplier[], report: Report): void {
  const seen = new Set<string>();
  for (const one of multipliers) {
    const subject = subjectOf(one);
    if (subject === null) continue;
    if (seen.has(subject)) report("multipliers", `There are two multipliers for ${subject}; keep one.`);
    seen.add(subject);
  }
}

function subjectOf(one: TariffMultiplier): string | null {
  switch (one.kind) {
    case "spot_type":
      return `spot type ${one.spot_type}`;
    case "vehicle_class":
      return `vehicle class ${one.vehicle_class}`;
    case "occupancy":
      return "occupancy";
    case "event":
      return null;
  }
}

function checkIds(tariff: Tariff, report: Report): void {
  const ids = [
    ...tariff.bands.map((one) => one.band_id),
    ...tariff.special_days.flatMap((special) => [special.special_id, ...special.bands.map((band) => band.band_id)]),
    ...tariff.caps.map((one) => one.cap_id),
    ...tariff.early_birds.map((one) => one.early_bird_id),
    ...tariff.multipliers.map((one) => one.multiplier_id),
    ...tariff.tax.rates.map((one) => one.tax_id),
  ];
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) report("bands", `The id ${id} is used twice; a receipt couldn't tell the rules apart.`);
    seen.add(id);
  }
}
