import { formatMoney } from "@gatehouse/shared/kit/money.ts";

/** A span in the two largest units that matter: `3 d 4 h`, `12 min 5 s`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const parts: readonly [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}

/** Money in words; a dash when there is none. */
export function amount(amountMinor: number | null, currency: string | null): string {
  return amountMinor === null || currency === null ? "-" : formatMoney({ amountMinor, currency }, "en");
}

/** A size in B, KiB or MiB. */
export function bytes(count: number): string {
  if (count < 1_024) return `${count} B`;
  if (count < 1_048_576) return `${(count / 1_024).toFixed(1)} KiB`;
  if (count < 1_073_741_824) return `${(count / 1_048_576).toFixed(1)} MiB`;
  return `${(count / 1_073_741_824).toFixed(1)} GiB`;
}
