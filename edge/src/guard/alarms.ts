import { cyclesAnHour } from "@gatehouse/shared/contracts/config/site/protection.ts";
import type { LaneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { isLatched } from "./channels.ts";
import type { GuardAlarm, GuardReport } from "./guard-reports.ts";
import type { GuardState } from "./guard-state.ts";
import type { GuardPolicy } from "./guard-turn.ts";

/** What a close may take beyond its delay: a rest after a reversal, a device test, a retried record, ms (SAFE-24). */
export const CLOSE_SLACK_MS = 10_000;

/** Longest time that an arm may stay up with a clear lane and nobody who wants it up, ms (SAFE-24). */
export function idleOpenMaxMs({ close_delay_ms }: LaneTimings): number {
  return close_delay_ms + CLOSE_SLACK_MS;
}

/** Since when the arm could come down, nobody wants it up, and it neither is down nor comes down. */
export function followIdleOpen(state: GuardState, now: MonoMs): GuardState["idleOpen"] {
  const { view, motion, keepOpen, fire, latch, maintenance } = state;
  const wanted = keepOpen || fire || latch !== null || maintenance !== "off" || view.blocked !== null;
  const closed = view.position === "down" || motion.kind === "lowering";
  if (wanted || closed || view.hazard !== null) return null;
  return state.idleOpen ?? { since: now };
}

/** The alarms of a state, and what has to be told of those that are new or over. */
export function alarmChanges(
  state: GuardState,
  now: MonoMs,
  policy: GuardPolicy,
): { readonly alarms: readonly GuardAlarm[]; readonly reports: readonly GuardReport[] } {
  const alarms = alarmsOf(state, now, policy);
  const isIn = (list: readonly GuardAlarm[], one: GuardAlarm): boolean =>
    list.some(({ code, detail }) => code === one.code && detail === one.detail);
  const over = state.alarms.filter((one) => !isIn(alarms, one));
  const fresh = alarms.filter((one) => !isIn(state.alarms, one));
  const report = (on: boolean) => (alarm: GuardAlarm) => ({ kind: "alarm", alarm, on }) as const;
  return { alarms, reports: [...over.map(report(false)), ...fresh.map(report(true))] };
}

function alarmsOf(state: GuardState, now: MonoMs, { protection, timings }: GuardPolicy): readonly GuardAlarm[] {
  const alarms: GuardAlarm[] = [];
  const add = (code: GuardAlarm["code"], detail = ""): void => void alarms.push({ code, detail });
  for (const name of protection.second_channels) if (isLatched(state.channels[name])) add("channels_differ", name);
  for (const name of Object.keys(state.blind)) add("loop_restarted", name);
  if (state.tests.failed !== null) add("device_test_failed", state.tests.failed.name);
  if (state.closes.length >= cyclesAnHour(protection)) add("too_many_cycles");
  if (state.idleOpen !== null && now - state.idleOpen.since > idleOpenMaxMs(timings)) add("not_closing");
  if (state.view.cabinetOpen) add("cabinet_open");
  return alarms;
}
