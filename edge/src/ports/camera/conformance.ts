import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import { later, sleep, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CameraLink, CameraListener, CameraPort } from "./camera-port.ts";
import type { CameraRead, ParseFailure } from "./camera-read.ts";

/** A vehicle before the simulated camera; `plate` is null on one without. */
export interface BenchVehicle {
  readonly plate: string | null;
  readonly leaving: boolean;
  readonly at: WallMs;
}

/** A driver with its simulated camera. */
export interface CameraBench {
  readonly port: CameraPort;
  /** The camera sees a vehicle; resolves when everything that it sends of it is sent. */
  see(vehicle: BenchVehicle): Promise<void>;
  /** The camera sends again, byte for byte, what it sent last. */
  repeat(): Promise<void>;
  /** Something else that the vendor's cameras send; null where there is none. */
  readonly chatter: (() => Promise<void>) | null;
  /** Something that is not of the vendor's making. */
  garble(): Promise<void>;
  /** The connection breaks and can be made again; null for a camera that sends to us. */
  readonly cut: (() => Promise<void>) | null;
  /** Resolves when the camera may be seen by the driver. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

export interface CameraTraits {
  /** Whether the vendor tells how sure it is. */
  readonly confidence: boolean;
  /** Whether the vendor tells which way a vehicle goes. */
  readonly travel: boolean;
  /** How much of the time the vendor's stamp keeps, ms. */
  readonly stampMs: number;
}

const AT = Date.UTC(2026, 10, 22, 12, 34, 56, 789) as WallMs;
const PLATE = "BAB1234";
const WAIT_MS = 5_000;
const LOOK_MS = 5;

/** What every camera driver must do; see the contract in camera-port.ts. */
export function cameraConformance(driver: string, traits: CameraTraits, make: () => Promise<CameraBench>): void {
  describe(`camera port: ${driver}`, () => {
    let bench: CameraBench;
    let seen: Recorded;
    beforeEach(async () => {
      bench = await make();
      seen = recorded();
      await bench.port.start(seen.listener);
      await bench.ready();
    });
    afterEach(async () => {
      await bench.port.stop();
      await bench.close();
    });

    it("tells plate, time, and what else the vendor tells", async () => {
      await bench.see({ plate: PLATE, leaving: false, at: AT });
      await until(() => seen.plates().includes(PLATE));
      const read = seen.reads.findLast(({ rawText }) => normalisePlate(rawText) === PLATE);
      expect(Math.abs((read?.capturedAt ?? 0) - AT)).toBeLessThanOrEqual(traits.stampMs);
      expect(read?.isReplay).toBe(false);
      if (!traits.confidence) expect(read?.confidence).toBeNull();
      else expect(read?.confidence).toBeGreaterThan(0.8);
      expect(read?.travel).toBe(traits.travel ? "approaching" : null);
      expect(seen.failures).toEqual([]);
    });

    it("tells which way a vehicle goes, or nothing of it", async () => {
      await bench.see({ plate: PLATE, leaving: true, at: AT });
      await until(() => seen.plates().includes(PLATE));
      expect(seen.reads.at(-1)?.travel).toBe(traits.travel ? "leaving" : null);
    });

    it("makes no plate of a vehicle without one (Verifies: SAFE-27)", async () => {
      await bench.see({ plate: null, leaving: false, at: AT });
      await bench.see({ plate: PLATE, leaving: false, at: AT });
      await until(() => seen.plates().includes(PLATE));
      expect(new Set(seen.plates())).toEqual(new Set([PLATE]));
      expect(seen.failures).toEqual([]);
    });

    it("passes an event that is sent again on as the same", async () => {
      await bench.see({ plate: PLATE, leaving: false, at: AT });
      await until(() => seen.plates().includes(PLATE));
      const before = new Set(seen.keys());
      await bench.repeat();
      await bench.see({ plate: "HHXY77", leaving: false, at: AT });
      await until(() => seen.plates().includes("HHXY77"));
      const ofRepeat = seen.keys().filter((key) => key.includes(PLATE));
      expect(new Set(ofRepeat)).toEqual(before);
    });

    it("goes on after what it can't read, and tells of it", async () => {
      await bench.garble();
      await bench.see({ plate: PLATE, leaving: false, at: AT });
      await until(() => seen.plates().includes(PLATE));
      expect(seen.failures.length).toBeGreaterThan(0);
      expect(new Set(seen.plates())).toEqual(new Set([PLATE]));
    });

    it("hears the camera's other messages without a word", async () => {
      if (bench.chatter === null) return;
      await bench.chatter();
      await bench.see({ plate: PLATE, leaving: false, at: AT });
      await until(() => seen.plates().includes(PLATE));
      expect(seen.failures).toEqual([]);
    });

    it("comes back when the connection broke", async () => {
      if (bench.cut === null) return;
      await until(() => seen.links.at(-1)?.state === "up");
      await bench.cut();
      await until(() => seen.links.some(({ state }) => state === "down") && seen.links.at(-1)?.state === "up");
      await bench.ready();
      await bench.see({ plate: PLATE, leaving: false, at: AT });
      await until(() => seen.plates().includes(PLATE));
    });

    it("is silent after its stop, which may come twice", async () => {
      await Promise.all([bench.port.stop(), bench.port.stop()]);
      const before = seen.reads.length;
      await bench.see({ plate: PLATE, leaving: false, at: AT });
      await bench.port.stop();
      expect(seen.reads).toHaveLength(before);
    });
  });
}

interface Recorded {
  readonly listener: CameraListener;
  readonly reads: CameraRead[];
  readonly failures: ParseFailure[];
  readonly links: CameraLink[];
  plates(): readonly string[];
  /** What the intake tells events apart by, with the plate. */
  keys(): readonly string[];
}

function recorded(): Recorded {
  const reads: CameraRead[] = [];
  const failures: ParseFailure[] = [];
  const links: CameraLink[] = [];
  return {
    reads,
    failures,
    links,
    listener: {
      reads(given) {
        reads.push(...given);
        return given.map(() => "accepted");
      },
      rejected: (failure) => void failures.push(failure),
      link: (link) => void links.push(link),
    },
    plates: () => reads.flatMap(({ rawText }) => normalisePlate(rawText) ?? []),
    keys: () =>
      reads.map(
        ({ vendorEventId, capturedAt, rawText }) => `${vendorEventId ?? capturedAt} ${normalisePlate(rawText)}`,
      ),
  };
}

/** Resolves when `holds` does. Rejects after a while, so that a test names what it waited for. */
async function until(holds: () => boolean): Promise<void> {
  const clock = systemClock();
  const end = later(clock.mono(), WAIT_MS);
  while (!holds()) {
    if (clock.mono() > end) throw new Error("The camera's driver did not get there.");
    await sleep(clock, LOOK_MS);
  }
}
