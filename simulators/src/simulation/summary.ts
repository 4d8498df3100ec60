import { type RunResult, total } from "./run.ts";

/** Figures of several runs, in lines. */
export function summaryOf(results: readonly RunResult[], seconds: number): readonly string[] {
  const sum = (of: (one: RunResult) => number): number => results.reduce((all, one) => all + of(one), 0);
  const gateHours = sum((one) => one.gateHours);
  const edgeHours = sum((one) => one.edgeHours);
  const events = sum((one) => one.events);
  const faults = total(results.map((one) => one.faults));
  const faultCount = [...faults.values()].reduce((all, count) => all + count, 0);
  const per = (count: number): string => (gateHours === 0 ? "0" : (count / gateHours).toFixed(2));
  return [
    `${gateHours.toFixed(0)} gate-hours (${edgeHours.toFixed(0)} hours of an edge) in ${seconds.toFixed(1)} s, ` +
      `${(gateHours / seconds).toFixed(0)} a second, ${results.length} seed(s)`,
    `a gate-hour: ${per(events)} events, ${per(sum((one) => one.messages))} messages, ${per(faultCount)} faults, ` +
      `${per(sum((one) => one.timers))} timers; ${events} events in all`,
    `faults: ${faultCount}: ${listed(faults)}`,
    `situations: ${listed(total(results.map((one) => one.reached)))}`,
    `judged: ${listed(total(results.map((one) => one.judged)))}`,
  ];
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}
