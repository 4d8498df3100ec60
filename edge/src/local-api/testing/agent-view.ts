import { writeFile } from "node:fs/promises";
import { site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { err } from "@gatehouse/shared/kit/result.ts";
import type { CameraHealth } from "../../cameras/camera-health.ts";
import type { Explanation } from "../../decision/decision-desk.ts";
import type { LaneCommand, LaneCommandAnswer, OfferAnswer, OfferedCredential } from "../../lane/lane-control.ts";
import type { LaneReport } from "../../lane/lane-report.ts";
import type { PeripheralHealth } from "../../peripherals/health.ts";
import type { VideoPort } from "../../ports/video/video-port.ts";
import type { JournalEntry } from "../../store/journal.ts";
import type { AgentView } from "../agent-view.ts";
import type { BoardHealth, HostFacts } from "../device-view.ts";
import { RejectedReads } from "../rejected-reads.ts";

export const LANE_ID = "01890000-0000-7000-8000-000000000001";
export const CAMERA = { id: "cam-in-1", secret: "a long secret of 24 chars" };

export const TEST_SITE = siteSchema.parse({
  lot_id: "01890000-0000-7000-8000-0000000000aa",
  operator_id: "01890000-0000-7000-8000-0000000000bb",
  code: "harbour",
  name: "Harbour Garage",
  time_zone: "Europe/Berlin",
  lanes: [
    {
      id: LANE_ID,
      code: "in-1",
      direction: "entry",
      wiring: { driver: "sim" },
      cameras: [{ ...CAMERA, format: "hikvision", direction: "approaching" }],
    },
  ],
});

const EXPLANATION: Explanation = {
  at: wallMs(0),
  decision: {
    outcome: "refuse",
    session: { kind: "none" },
    reasons: [{ code: "blocklisted", rule: "b-1", version: null }],
    displayKey: "entry.refused",
    credential: { kind: "plate", value: "BAB1234" },
    matchedPlate: null,
    charge: { kind: "none" },
    audit: { policyVersion: 3, replicaVersion: 3, replicaAgeMs: 1_000, link: "online", clock: "synced" },
  },
  reasons: [{ code: "blocklisted", text: "The plate is on the blocklist.", rule: "b-1", version: null }],
  facts: null,
  policyVersion: 3,
  replica: { version: 3, ageMs: 1_000 },
  link: "online",
  clock: "synced",
};

export const HEALTHY_CAMERA: CameraHealth = {
  cameraId: CAMERA.id,
  laneId: LANE_ID,
  lane: "in-1",
  format: "hikvision",
  transport: "push",
  link: { state: "up" },
  lastMessageAt: wallMs(Date.UTC(2026, 4, 4, 11, 59)),
  lastReadAt: wallMs(Date.UTC(2026, 4, 4, 11, 59)),
  messages: 12,
  reads: 10,
  rejected: 0,
  unauthorised: 0,
  lastError: null,
  clockQuality: "steady",
  clockOffsetMs: 120,
};

const NO_VIDEO: VideoPort = {
  cameras: [],
  watch: () => err("unknown_camera"),
  snapshot: async () => err("unknown_camera"),
  smoothView: async () => err("unknown_camera"),
};

/** The local API's surroundings with lanes that only record what they are told. */
export interface RecordedAgent extends AgentView {
  readonly notes: JournalEntry[];
  readonly reports: LaneReport[];
  /** What `AgentView` would find on this computer, to be changed by a test. */
  hostFacts: HostFacts;
  devices: { peripherals: readonly PeripheralHealth[]; boards: readonly BoardHealth[] };
  cameraHealth: readonly CameraHealth[];
  /** Replaces parts of the view. */
  change(parts: Partial<AgentView>): void;
  readonly offered: OfferedCredential[];
  readonly commands: LaneCommand[];
  answerOffersWith(answer: OfferAnswer): void;
  answerCommandsWith(answer: LaneCommandAnswer): void;
  changeLane(change: Partial<TelemetryLane>): void;
}

/** `dataDir` is needed by what keeps files: the page's password and backups. */
export function recordedAgent(dataDir = "/nonexistent"): RecordedAgent {
  const notes: JournalEntry[] = [];
  const reports: LaneReport[] = [];
  const offered: OfferedCredential[] = [];
  const commands: LaneCommand[] = [];
  const listeners = new Set<() => void>();
  let offerAnswer: OfferAnswer = "accepted";
  let commandAnswer: LaneCommandAnswer = { ok: true, message: "Lane in-1 opens." };
  let lane: TelemetryLane = {
    lane_id: LANE_ID,
    code: "in-1",
    direction: "entry",
    mode: "automatic",
    state: "idle",
    barrier: "down",
    loops: { arming: "clear", safety: "clear", closing: "clear" },
    plate: null,
    display: "Welcome",
    alarms: [],
  };
  const clock = new ManualClock({ wall: wallMs(Date.UTC(2026, 4, 4, 12)) });
  const agent: RecordedAgent = {
    notes,
    reports,
    hostFacts: {
      watchdog: "systemd",
      cpuCelsius: 48,
      undervoltage: "never",
      gpioKeepsLevels: null,
      socketMode: 0o660,
      debtsWaiting: 0,
    },
    devices: { peripherals: [], boards: [] },
    change: (parts) => void Object.assign(agent, parts),
    random: seededRandom(1),
    inspect: () => null,
    explain: async ({ at }) => ({ ...EXPLANATION, at: at ?? clock.wall() }),
    journal: { append: async (entry) => void notes.push(entry), note: (entry) => void notes.push(entry) },
    report: async (event) => void reports.push(event),
    replica: {
      items: () => [{ collection: "permits", key: "p-1", value: '{"permit_id":"p-1"}' }],
      recomputeChecksum: () => "0".repeat(64),
    },
    cameras: { pushed: new Map(), health: () => agent.cameraHealth, onOutcome: () => () => {} },
    cameraHealth: [HEALTHY_CAMERA],
    video: NO_VIDEO,
    peripherals: () => agent.devices.peripherals,
    boards: () => agent.devices.boards,
    host: () => agent.hostFacts,
    copyStore: (file) => writeFile(file, "a store"),
    dataDir,
    site: TEST_SITE,
    version: "0.1.0",
    serial: "PI-0001",
    enrol: async () => {},
    boot: "01890000-0000-7000-8000-0000000000cc",
    startedAt: { wall: clock.wall(), mono: clock.mono() },
    clock,
    rejected: new RejectedReads(),
    link: () => ({ state: "online", detail: "confirmed up to 7" }),
    clockQuality: () => "synced",
    storeHealth: () => ({ ok: true, message: null }),
    certificateEndsAt: () => wallMs(clock.wall() + 80 * DAY_MS),
    lanes: {
      offer: (credential) => {
        offered.push(credential);
        return offerAnswer;
      },
      command: async (command) => {
        commands.push(command);
        return commandAnswer;
      },
      snapshot: () => [lane],
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    queries: {
      sessions: () => [
        {
          id: "01890000-0000-7000-8000-0000000000dd",
          plate: "BAB1234",
          ticket: null,
          kind: "transient",
          status: "open",
          enteredAt: wallMs(clock.wall() - 3_600_000),
          exitedAt: null,
          feeMinor: null,
          paidMinor: 0,
          currency: "EUR",
          closeReason: null,
        },
      ],
      outbox: () => ({
        epoch: 1,
        lastN: 9,
        confirmedN: 7,
        pending: 2,
        lastHash: "ab".repeat(32),
        confirmedHash: "cd".repeat(32),
        oldestPendingAt: wallMs(clock.wall() - 5_000),
        bytes: 900,
      }),
      replica: () => ({ version: 3, checksum: "0".repeat(64), items: 12, confirmedAt: wallMs(clock.wall() - 1_000) }),
      journal: () => [
        { id: 1, at: clock.wall(), monoMs: 12, laneId: LANE_ID, kind: "lane.step", data: { state: "armed" } },
      ],
      disk: () => ({ usedBytes: 40_960, freeBytes: 8_000_000_000 }),
      share: () => ({
        level: "normal",
        usedBytes: 40_960,
        roomBytes: 4_294_967_296,
        droppedTelemetry: 0,
        impossible: null,
      }),
    },
    offered,
    commands,
    answerOffersWith: (answer) => {
      offerAnswer = answer;
    },
    answerCommandsWith: (answer) => {
      commandAnswer = answer;
    },
    changeLane: (change) => {
      lane = { ...lane, ...change };
      for (const listener of listeners) listener();
    },
  };
  return agent;
}
