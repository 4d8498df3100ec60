import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EdgeEventBody } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { SENDER_LIMITS } from "@gatehouse/shared/sync/sender.ts";
import type { LaneCommand, LaneCommandAnswer, LaneControl, LaneSnapshot } from "../../lane/lane-control.ts";
import { openStore } from "../../store/open-store.ts";
import type { EdgeStore } from "../../store/store-port.ts";
import type { CertificateTime } from "../certificate-time.ts";
import { openHubSession } from "../hub-session.ts";
import type { Identity } from "../identity.ts";
import type { UplinkLog } from "../ports.ts";
import type { UplinkTimings } from "../timings.ts";
import { createUplink, type Uplink } from "../uplink.ts";
import { startPair, type TestPair, until } from "./test-pair.ts";

export const LANE = "0190f3a1-0000-7000-8000-00000000000a";

/** Lanes that say what the test tells them to. */
export class ScriptedLanes implements LaneControl {
  readonly commands: LaneCommand[] = [];
  answer: LaneCommandAnswer = { ok: true, message: "The barrier is opening." };
  readonly #listeners = new Set<() => void>();

  offer(): "lane_not_ready" {
    return "lane_not_ready";
  }

  command(command: LaneCommand): Promise<LaneCommandAnswer> {
    this.commands.push(command);
    return Promise.resolve(this.answer);
  }

  snapshot(): readonly LaneSnapshot[] {
    const loops = { arming: "clear", safety: "clear", closing: "clear" };
    const shown = { mode: "automatic", state: "idle", barrier: "down" as const, plate: null, display: "", alarms: [] };
    return [{ lane_id: LANE, code: "entry-1", direction: "entry", loops, ...shown }];
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  change(): void {
    for (const listener of this.#listeners) listener();
  }
}

const EVENTS_A_TRANSACTION = 500;

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly data: object;
  readonly message: string;
}

export const QUICK: Partial<UplinkTimings> = {
  keepaliveSeconds: 2,
  connectTimeoutMs: 1_000,
  backoff: { firstMs: 20, maxMs: 100, jitter: 0.5 },
  tickMs: 20,
  sender: { ...SENDER_LIMITS, confirmTimeoutMs: 300 },
};

export interface TestEdgeOptions {
  readonly identity: Identity;
  readonly timings?: Partial<UplinkTimings>;
  readonly directory?: string;
  /** Left out: the clock is right. */
  readonly certificateTime?: () => CertificateTime;
}

/** An edge with its real store in a folder of its own, and its real uplink. */
export class TestEdge {
  readonly directory: string;
  readonly store: EdgeStore;
  readonly lanes = new ScriptedLanes();
  readonly uplink: Uplink;
  readonly logged: LogLine[] = [];
  readonly linkStates: LinkState[] = [];

  constructor({ identity, timings = QUICK, directory, certificateTime }: TestEdgeOptions) {
    const clock = systemClock();
    const newId = uuidv7Source(clock, systemRandom);
    const log = recordingLog(this.logged);
    this.directory = directory ?? mkdtempSync(join(tmpdir(), "gatehouse-uplink-"));
    this.store = openStore({ directory: this.directory, clock, newId, clockQuality: () => "unknown", log });
    this.uplink = createUplink({
      identity,
      openSession: openHubSession,
      outbox: this.store.outbox,
      replica: this.store.replica,
      commands: this.store.commands,
      lanes: this.lanes,
      queries: this.store.queries,
      clock,
      random: systemRandom,
      log,
      boot: this.store.boot,
      agentVersion: "test",
      onLinkState: (state) => this.linkStates.push(state),
      timings,
      ...(certificateTime && { certificateTime }),
    });
  }

  /** Writes events, many a transaction. */
  async write(count: number): Promise<void> {
    for (let done = 0; done < count; done += EVENTS_A_TRANSACTION) {
      const bodies = Array.from({ length: Math.min(EVENTS_A_TRANSACTION, count - done) }, (_, index) =>
        eventOf(done + index),
      );
      await this.store.transact((transaction) => bodies.map((body) => transaction.emit(body)));
    }
  }

  /** Every line of the outbox that is still kept. */
  lines(): string[] {
    const lines: string[] = [];
    for (let first = 1; first <= this.store.outbox.head().lastN; first = lines.length + 1) {
      lines.push(...(this.store.outbox.readBatch(first, { maxEvents: 1_000, maxBytes: 1_000_000 })?.lines ?? []));
    }
    return lines;
  }

  /** Ends the agent's part of it; the folder stays for the next one. */
  async end(): Promise<void> {
    await this.uplink.stop();
    await this.store.close();
  }

  async close(): Promise<void> {
    await this.end();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function eventOf(index: number): EdgeEventBody {
  return {
    type: "movement.recorded",
    movement_id: randomUUID(),
    lane_id: LANE,
    direction: "entry",
    outcome: "passed",
    session_id: randomUUID(),
    plate: `AB${index}`,
    began_at: 1_800_000_000_000 + index,
    ended_at: 1_800_000_005_000 + index,
  };
}

function recordingLog(lines: LogLine[]): UplinkLog {
  const record = (level: LogLine["level"]) => (data: object, message: string) =>
    void lines.push({ level, data, message });
  return { info: record("info"), warn: record("warn"), error: record("error") };
}

/** A hub, and an edge that is connected to it. */
export async function startOnlineEdge(): Promise<{ readonly pair: TestPair; readonly edge: TestEdge }> {
  const pair = await startPair();
  const edge = new TestEdge({ identity: pair.identity });
  await edge.uplink.run();
  await until(() => edge.uplink.linkState() === "online", "online");
  return { pair, edge };
}
