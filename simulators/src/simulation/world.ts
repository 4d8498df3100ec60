import { createHash, generateKeyPairSync } from "node:crypto";
import { Switchboard } from "@gatehouse/cloud/hub/switchboard.ts";
import type { LaneControl } from "@gatehouse/edge/lane/lane-control.ts";
import { createUplink, type Uplink } from "@gatehouse/edge/uplink/uplink.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { encodeCommandKey } from "@gatehouse/shared/sync/command.ts";
import { EMPTY_CHECKSUM } from "@gatehouse/shared/sync/replica-checksum.ts";
import { type CommitFate, MemoryLedger } from "./memory-ledger.ts";
import { MemoryOutbox } from "./memory-outbox.ts";
import { NO_LINK_FAULTS, VirtualLink } from "./virtual-link.ts";

const STEP_MS = 20;
const WRITE_EVERY_MS = 600;
const START = wallMs(1_800_000_000_000);
/** SYNC-18: the time that both logs may take to become equal, and the rate at which a backlog has to go. */
const CONVERGE_MS = 60_000;
const CONVERGE_EVENTS_PER_SECOND = 1_000;

const silentLog = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const noLanes: LaneControl = {
  offer: () => "unknown_lane",
  command: async () => ({ ok: false, refusal: "unknown_lane", message: "No lanes here." }),
  snapshot: () => [],
  onChange: () => () => undefined,
};

export type FaultKind =
  | "bad_link"
  | "cut"
  | "outage"
  | "agent_crash"
  | "hub_crash"
  | "database_away"
  | "cloud_restored";

/**
 * One edge and one hub in virtual time: the real uplink and the real switchboard with its sessions, over models of the
 * network, of the edge's outbox and of the hub's database. All chance comes from one seed.
 */
export class SyncWorld {
  readonly clock = new ManualClock({ wall: START });
  readonly faults = new Map<FaultKind, number>();
  readonly broken: string[] = [];
  readonly outbox: MemoryOutbox;
  readonly ledger: MemoryLedger;
  readonly #random;
  readonly #newId;
  readonly #link: VirtualLink;
  readonly #commandKey = generateKeyPairSync("ed25519");
  readonly #trace = createHash("sha256");
  #failsPerCommit = 0;
  /** The highest cursor that a restored cloud had held before; an edge may have heard of it. */
  #restoredFrom = 0;
  #hub: Switchboard;
  #uplink: Uplink;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#newId = uuidv7Source(this.clock, this.#random);
    this.outbox = new MemoryOutbox(this.clock, this.#newId());
    this.ledger = new MemoryLedger(() => this.#commitFate());
    this.#link = new VirtualLink({
      clock: this.clock,
      random: this.#random,
      newId: this.#newId,
      handlers: () => this.#hub,
      trace: (what) => void this.#trace.update(`${this.clock.mono()} ${what}\n`),
    });
    this.#hub = this.#newHub();
    this.#uplink = this.#newUplink();
  }

  /** Runs `minutes` of events and faults, then ends the faults; resolves with whether both logs became equal in time. */
  async run(minutes: number): Promise<boolean> {
    await this.#uplink.run();
    for (let minute = 0; minute < minutes; minute++) {
      await this.#injectFault();
      for (let passed = 0; passed < 60_000; passed += WRITE_EVERY_MS) {
        await this.#write(randomInt(this.#random, 0, 2));
        await this.#pass(WRITE_EVERY_MS);
      }
    }
    return this.#converge();
  }

  /** SHA-256 over all that was carried or lost, with its times. */
  traceHash(): string {
    return this.#trace.copy().digest("hex");
  }

  async #converge(): Promise<boolean> {
    this.#link.faults = NO_LINK_FAULTS;
    this.#link.isCut = false;
    this.#failsPerCommit = 0;
    const backlog = this.outbox.lines.length - this.ledger.position().cursor;
    const until = this.clock.mono() + CONVERGE_MS + (backlog / CONVERGE_EVENTS_PER_SECOND) * 1_000;
    while (!this.#isEqual() && this.clock.mono() < until) await this.#pass(STEP_MS);
    const isEqual = this.#isEqual();
    await this.#uplink.stop();
    return isEqual;
  }

  #isEqual(): boolean {
    const { lastN, lastHash, confirmedN } = this.outbox.head();
    return this.ledger.position().hash === lastHash && confirmedN === lastN;
  }

  async #pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.clock.advance(STEP_MS);
      // All work that is not a timer of the virtual clock is promises: after this turn none of it is left.
      await new Promise((resolve) => setImmediate(resolve));
      this.#check();
    }
  }

  #check(): void {
    const { cursor, hash } = this.ledger.position();
    if (this.outbox.hashAt(cursor) !== hash) this.#breaks("SYNC-03", `the cloud's log at ${cursor} is not the edge's`);
    // No edge of this world ever loses or rewrites an event, so neither side has a reason to stop.
    if (this.ledger.stops > 0) this.#breaks("SYNC-04", "the cloud set apart an edge that had kept everything");
    if (this.ledger.lines.length !== cursor)
      this.#breaks("SYNC-03", `${this.ledger.lines.length} events at cursor ${cursor}`);
    const committed = Math.max(cursor, this.#restoredFrom);
    if (this.outbox.head().confirmedN > committed) this.#breaks("SYNC-05", "confirmed before the commit");
  }

  #breaks(rule: string, how: string): void {
    this.broken.push(`${rule} at ${this.clock.mono()} ms: ${how}`);
  }

  async #write(count: number): Promise<void> {
    for (let i = 0; i < count; i++)
      await this.outbox.append({
        type: "movement.recorded",
        movement_id: this.#newId(),
        lane_id: this.#newId(),
        direction: "entry",
        outcome: "passed",
        session_id: this.#newId(),
        plate: `AB${this.outbox.lines.length}`,
        began_at: this.clock.wall(),
        ended_at: this.clock.wall() + 5_000,
      });
  }

  async #injectFault(): Promise<void> {
    this.#link.faults = NO_LINK_FAULTS;
    this.#link.isCut = false;
    this.#failsPerCommit = 0;
    const kinds: readonly FaultKind[] = [
      "bad_link",
      "cut",
      "outage",
      "agent_crash",
      "hub_crash",
      "database_away",
      "cloud_restored",
    ];
    const kind = kinds[randomInt(this.#random, 0, kinds.length - 1)] ?? "cut";
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
    await this.#inject(kind);
  }

  async #inject(kind: FaultKind): Promise<void> {
    switch (kind) {
      case "bad_link":
        this.#link.faults = { lose: 0.3, repeat: 0.3, delayMaxMs: 8_000 };
        return;
      case "outage":
        this.#link.isCut = true;
        return this.#link.cut();
      case "cut":
        return this.#link.cut();
      case "agent_crash":
        return this.#crashAgent();
      case "hub_crash":
        this.#link.cut();
        this.#hub = this.#newHub();
        return;
      case "database_away":
        this.#failsPerCommit = 0.7;
        return;
      case "cloud_restored":
        this.#link.cut();
        this.#restoredFrom = Math.max(this.#restoredFrom, this.ledger.position().cursor);
        return this.ledger.restore(randomInt(this.#random, 0, this.ledger.lines.length));
    }
  }

  async #crashAgent(): Promise<void> {
    this.#link.cut();
    await this.#uplink.stop();
    this.outbox.crash(this.#newId());
    this.#uplink = this.#newUplink();
    await this.#uplink.run();
  }

  #commitFate(): CommitFate {
    if (this.#random.next() >= this.#failsPerCommit) return "commits";
    return this.#random.next() < 0.5 ? "fails_before" : "fails_after";
  }

  #newHub(): Switchboard {
    const { privateKey } = this.#commandKey;
    const hub = new Switchboard({
      context: { ledger: this.ledger, clock: this.clock, realClock: this.clock, random: this.#random, log: silentLog },
      commandKey: { keyId: "k1", privateKey, publicKey: "" },
      hubId: this.#newId(),
    });
    hub.connect(this.#link);
    return hub;
  }

  #newUplink(): Uplink {
    const nothing = { version: 0, checksum: EMPTY_CHECKSUM, items: 0, confirmedAt: null };
    const known = async () => ({ kind: "known", version: 0 }) as const;
    return createUplink({
      identity: {
        deviceId: "0190f3a1-0000-7000-8000-000000000001",
        operatorId: "0190f3a1-0000-7000-8000-00000000000e",
        lotId: "0190f3a1-0000-7000-8000-00000000000f",
        epoch: 1,
        privateKey: "",
        certificate: "",
        ca: "",
        mqttUrl: "mqtts://virtual:8883",
        commandKey: { keyId: "k1", publicKey: encodeCommandKey(this.#commandKey.publicKey) },
      },
      openSession: this.#link.openSession,
      outbox: this.outbox,
      replica: { status: () => nothing, applyDelta: known, applySnapshotPart: known, confirmCurrent: () => true },
      commands: { claim: async () => ({ kind: "new" }), finish: async () => undefined },
      lanes: noLanes,
      queries: {
        outbox: () => ({ ...this.outbox.head(), pending: 0, oldestPendingAt: null, bytes: 0 }),
      },
      clock: this.clock,
      random: this.#random,
      log: silentLog,
      boot: this.outbox.boot,
      agentVersion: "simulated",
      onLinkState: () => undefined,
    });
  }
}
