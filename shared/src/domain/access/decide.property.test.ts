import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchPlate } from "../plate/match.ts";
import { decideEntry } from "./decide-entry.ts";
import { decideExit } from "./decide-exit.ts";
import { type Decision, MAX_REASONS } from "./decision.ts";
import type { SharedFacts } from "./facts.ts";
import { identify } from "./identify.ts";
import { anyEntryFacts, anyExitFacts, anyNow, anyPolicy } from "./testing/access-arbitraries.ts";
import { samplePolicy } from "./testing/access-samples.ts";

const RUNS = { numRuns: 500 };

function expectWellFormed(decision: Decision): void {
  const codes = decision.reasons.map((reason) => reason.code);
  expect(codes.length).toBeGreaterThanOrEqual(1);
  expect(codes.length).toBeLessThanOrEqual(MAX_REASONS);
  expect(new Set(codes).size).toBe(codes.length);
  if (decision.outcome !== "admit") expect(decision.session).toEqual({ kind: "none" });
  if (decision.outcome === "refuse") expect(decision.charge).toEqual({ kind: "none" });
}

/** The same facts without anything that is this vehicle's by exact plate or code: only look-alikes and strangers stay. */
function withoutOwn<Facts extends SharedFacts>(facts: Facts): Facts {
  const { plate } = identify(facts, samplePolicy({ min_confidence: 0 }));
  const shown = facts.reads.map((read) => identify({ reads: [read], credential: null }, { min_confidence: 0 }).plate);
  const isOwn = (known: string | null): boolean => known !== null && (known === plate || shown.includes(known));
  return {
    ...facts,
    credential: null,
    permits: facts.permits.map((permit) => ({ ...permit, plates: permit.plates.filter((one) => !isOwn(one)) })),
    reservations: facts.reservations.filter((one) => !isOwn(one.plate)),
    sessions: facts.sessions.filter((one) => !isOwn(one.plate)),
  };
}

describe("decideEntry, for any facts, policy and time", () => {
  test("never throws, always says why, and says the same again", () => {
    fc.assert(
      fc.property(anyEntryFacts, anyPolicy, anyNow, (facts, policy, now) => {
        const decision = decideEntry(facts, policy, now);
        expectWellFormed(decision);
        expect(decideEntry(facts, policy, now)).toEqual(decision);
      }),
      RUNS,
    );
  });

  test("never admits a listed plate while the list is trusted", () => {
    fc.assert(
      fc.property(anyEntryFacts, anyPolicy, anyNow, (facts, policy, now) => {
        const { plate } = identify(facts, policy);
        fc.pre(plate !== null);
        const blocklist = [{ entry_id: "b", plate, action: "refuse" as const, reason: "x", until: null }];
        const fresh = { ...facts, blocklist, replica: { version: 1, ageMs: 0 } };
        expect(decideEntry(fresh, policy, now).outcome).not.toBe("admit");
      }),
      RUNS,
    );
  });

  test("Verifies: SAFE-27 a look-alike never comes in by another's right or stay", () => {
    fc.assert(
      fc.property(anyEntryFacts, anyPolicy, anyNow, (given, policy, now) => {
        const facts = withoutOwn(given);
        const { session, matchedPlate } = decideEntry(facts, policy, now);
        expect(matchedPlate).toBeNull();
        expect(session.kind).not.toBe("resume");
        if (session.kind === "move") expect(session.sessionId).toBeNull();
        if (session.kind === "open") {
          expect(session.start.kind).toBe("transient");
          expect(session.start.permitId).toBeNull();
          expect(session.supersedes).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  test("Verifies: SAFE-27 nothing opens without a vehicle on the loop, or against the lane's direction", () => {
    fc.assert(
      fc.property(anyEntryFacts, anyPolicy, anyNow, fc.boolean(), (facts, policy, now, present) => {
        const lane = present
          ? { ...facts.lane, vehiclePresent: true, direction: "exit" as const }
          : { ...facts.lane, vehiclePresent: false };
        expect(decideEntry({ ...facts, lane }, policy, now).outcome).toBe("refuse");
      }),
    );
  });
});

describe("decideExit, for any facts, policy and time", () => {
  test("never throws, always says why, charges whole amounts from zero up, and says the same again", () => {
    fc.assert(
      fc.property(anyExitFacts, anyPolicy, anyNow, (facts, policy, now) => {
        const decision = decideExit(facts, policy, now);
        expectWellFormed(decision);
        expect(decideExit(facts, policy, now)).toEqual(decision);
        const { charge } = decision;
        const amounts = [
          "amountMinor" in charge ? charge.amountMinor : 0,
          "dueMinor" in charge ? charge.dueMinor : 0,
          "quote" in charge ? (charge.quote?.totalMinor ?? 0) : 0,
        ];
        for (const amount of amounts) {
          expect(Number.isSafeInteger(amount)).toBe(true);
          expect(amount).toBeGreaterThanOrEqual(0);
        }
      }),
      RUNS,
    );
  });

  test("Verifies: SAFE-18 refuses only where no vehicle can be meant", () => {
    fc.assert(
      fc.property(anyExitFacts, anyPolicy, anyNow, (facts, policy, now) => {
        const meant = facts.lane.vehiclePresent && facts.lane.direction === "exit";
        expect(decideExit(facts, policy, now).outcome === "refuse").toBe(!meant);
      }),
      RUNS,
    );
  });

  test("Verifies: SAFE-27 a look-alike's stay is neither ended nor charged, nor its account", () => {
    fc.assert(
      fc.property(anyExitFacts, anyPolicy, anyNow, (given, policy, now) => {
        const facts = { ...withoutOwn(given), ticketIssuedAt: null };
        const { session, charge } = decideExit(facts, policy, now);
        expect(session.kind === "move" ? session.sessionId : null).toBeNull();
        expect(["none", "move", "close_without_entry"]).toContain(session.kind);
        expect(charge.kind).not.toBe("account");
        const { plate } = identify(facts, policy);
        const others = facts.permits.flatMap((permit) => permit.plates);
        if (plate !== null && matchPlate(plate, others).kind === "resembles" && !facts.lostTicket) {
          expect(charge.kind).toBe("none");
        }
      }),
      RUNS,
    );
  });

  test("a lane within the lot ends, opens and charges nothing, in both directions", () => {
    const inner = anyPolicy.filter((policy) => policy.lanes.some((lane) => lane.outer_area !== null));
    fc.assert(
      fc.property(anyExitFacts, anyEntryFacts, inner, anyNow, (leaving, entering, policy, now) => {
        for (const { session, charge } of [decideExit(leaving, policy, now), decideEntry(entering, policy, now)]) {
          expect(["none", "move"]).toContain(session.kind);
          expect(charge.kind).toBe("none");
        }
      }),
      RUNS,
    );
  });

  test("a fault of a shown code is told, and opens no exit that would not have opened without the code", () => {
    fc.assert(
      fc.property(anyExitFacts, anyPolicy, anyNow, (given, policy, now) => {
        fc.pre(given.codeFault !== null);
        const facts = { ...given, credential: null };
        const decision = decideExit(facts, policy, now);
        expect(decision.outcome).toBe(decideExit({ ...facts, codeFault: null }, policy, now).outcome);
        if (decision.reasons.length < MAX_REASONS)
          expect(decision.reasons.map((reason) => reason.code)).toContain(given.codeFault);
      }),
      RUNS,
    );
  });

  test("a session that ends is one of this vehicle's own", () => {
    fc.assert(
      fc.property(anyExitFacts, anyPolicy, anyNow, (facts, policy, now) => {
        const { session } = decideExit(facts, policy, now);
        if (session.kind !== "close" && session.kind !== "resume") return;
        const who = identify(facts, policy);
        const ended = facts.sessions.filter((one) => one.sessionId === session.sessionId);
        expect(ended.some((one) => one.plate === who.plate || one.ticket === who.code)).toBe(true);
      }),
      RUNS,
    );
  });
});
