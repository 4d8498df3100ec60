import type { TestedName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { Signal } from "./sensed.ts";

/** Longest time from the edge of a test output to the answer of the device, ms. */
export const TEST_ANSWER_MS = 500;
/** From a failed test to the next try, ms. */
export const TEST_RETRY_MS = 2_000;

/*
 * One device at a time, while the arm rests at the top (SAFE-13):
 *
 *  due ─quiet─▶ output on ─active─▶ output off ─quiet─▶ passed ─the next close begins─▶ due
 *                  └── no answer ──┴── no answer ──▶ failed ─TEST_RETRY_MS─▶ due
 */
export interface DeviceTests {
  readonly running: { readonly name: TestedName; readonly on: boolean; readonly since: MonoMs } | null;
  /** Devices that passed since the last close. */
  readonly passed: readonly TestedName[];
  readonly failed: { readonly name: TestedName; readonly at: MonoMs } | null;
}

export const NO_TESTS: DeviceTests = { running: null, passed: [], failed: null };

export interface TestSight {
  readonly now: MonoMs;
  readonly tested: readonly TestedName[];
  /** The arm rests at the top, and nothing forbids an output. */
  readonly mayRun: boolean;
  readonly signal: (name: TestedName) => Signal;
  /** A vehicle stands under the arm, so that a device which stays active has a reason. */
  readonly vehicle: boolean;
}

/** The tests a moment later. The output of a device is on exactly while `running` says so. */
export function followTests(tests: DeviceTests, sight: TestSight): DeviceTests {
  if (!sight.mayRun) return tests.running === null ? tests : { ...tests, running: null };
  return tests.running === null ? begin(tests, sight) : answer(tests, tests.running, sight);
}

/** The first device that has yet to pass before a close, null when all did. */
export function untested(tests: DeviceTests, tested: readonly TestedName[]): TestedName | null {
  return tested.find((name) => !tests.passed.includes(name)) ?? null;
}

function begin(tests: DeviceTests, { now, tested, signal }: TestSight): DeviceTests {
  const name = untested(tests, tested);
  const waits = tests.failed !== null && now - tests.failed.at < TEST_RETRY_MS;
  if (name === null || waits || signal(name) !== "quiet") return tests;
  return { ...tests, running: { name, on: true, since: now } };
}

function answer(tests: DeviceTests, running: NonNullable<DeviceTests["running"]>, sight: TestSight): DeviceTests {
  const { name, on, since } = running;
  const answered = sight.signal(name) === (on ? "active" : "quiet");
  if (answered && on) return { ...tests, running: { name, on: false, since: sight.now } };
  if (answered) {
    const failed = tests.failed?.name === name ? null : tests.failed;
    return { running: null, passed: [...tests.passed, name], failed };
  }
  if (sight.now - since < TEST_ANSWER_MS) return tests;
  if (!on && sight.vehicle) return { ...tests, running: null };
  return { ...tests, running: null, failed: { name, at: sight.now } };
}
