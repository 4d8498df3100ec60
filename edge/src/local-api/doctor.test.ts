import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { board } from "@gatehouse/shared/contracts/config/site/boards.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS, HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import { afterEach, describe, expect, it } from "vitest";
import type { LaneInspection } from "../lane/lane-runner.ts";
import { initialLane } from "../lane/machine.ts";
import type { PeripheralHealth } from "../peripherals/health.ts";
import type { Finding } from "./contract.ts";
import { examine } from "./doctor.ts";
import { hostFacts } from "./host-facts.ts";
import { HEALTHY_CAMERA, LANE_ID, type RecordedAgent, recordedAgent, TEST_SITE } from "./testing/agent-view.ts";

const QUIET = {
  arming: "quiet",
  safety: "quiet",
  closing: "quiet",
  photo_eye: "quiet",
  fire: "quiet",
  limit_up: "quiet",
  limit_down: "active",
} as const;

const findings = (agent: RecordedAgent): readonly Finding[] => examine(agent).filter(({ level }) => level !== "ok");
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A lane whose inputs read as given. */
function inside(signals: Readonly<Record<string, string>>): LaneInspection {
  const [lane] = TEST_SITE.lanes;
  if (!lane) throw new Error("The sample has a lane.");
  return {
    state: initialLane("boot", { direction: "entry", fire: false, maintenance: null }),
    policy: { direction: lane.direction, timings: lane.timings } as LaneInspection["policy"],
    signals: { inputs: { ...QUIET, ...signals }, relays: { up: false, down: false } } as LaneInspection["signals"],
    lastPress: null,
  };
}

function device(part: Partial<PeripheralHealth>): PeripheralHealth {
  return {
    laneId: LANE_ID,
    lane: "in-1",
    kind: "printer",
    id: "printer",
    driver: "sim",
    connected: true,
    detail: "ready",
    lastFault: null,
    ...part,
  };
}

/** Each fault: how it is brought about in the agent's view, and what the doctor must say and advise. */
const FAULTS: readonly (readonly [
  name: string,
  inject: (agent: RecordedAgent) => void,
  says: RegExp,
  advises: RegExp,
])[] = [
  [
    "broken wire",
    (agent) => agent.change({ inspect: () => inside({ photo_eye: "unknown" }) }),
    /no good signal from photo eye/,
    /wire/,
  ],
  [
    "stale inputs",
    (agent) =>
      agent.changeLane({ mode: "out_of_service", loops: { arming: "unknown", safety: "unknown", closing: "unknown" } }),
    /arming loop, safety loop, closing loop/,
    /power/,
  ],
  [
    "channels that differ",
    (agent) => agent.changeLane({ alarms: ["channels_differ_safety"] }),
    /contradict/,
    /both sensors/,
  ],
  ["welded relay", (agent) => agent.changeLane({ alarms: ["latched_relay_failed"] }), /welded/, /change the relay/],
  [
    "latch after reversals",
    (agent) => agent.changeLane({ alarms: ["latched_reversals"] }),
    /reversed three times/,
    /gate reset in-1/,
  ],
  [
    "fire latched",
    (agent) => agent.changeLane({ mode: "emergency_open", alarms: ["fire"] }),
    /fire input opened all gates/,
    /reset/,
  ],
  [
    "maintenance lock",
    (agent) => agent.changeLane({ mode: "maintenance" }),
    /maintenance lock/,
    /gate maintenance in-1 off/,
  ],
  [
    "both limits active",
    (agent) => agent.change({ inspect: () => inside({ limit_up: "active" }) }),
    /both limit inputs/,
    /limit switch/,
  ],
  [
    "camera silent",
    (agent) =>
      Object.assign(agent, {
        cameraHealth: [{ ...HEALTHY_CAMERA, lastMessageAt: wallMs(agent.clock.wall() - 20 * HOUR_MS) }],
      }),
    /nothing for 20 hours/,
    /gate camera test cam-in-1/,
  ],
  [
    "camera with a wrong secret",
    (agent) => Object.assign(agent, { cameraHealth: [{ ...HEALTHY_CAMERA, unauthorised: 3 }] }),
    /3 messages had a wrong secret/,
    /Enter the secret/,
  ],
  [
    "camera not understood",
    (agent) =>
      agent.rejected.add(
        {
          at: agent.clock.wall(),
          cameraId: "cam-in-1",
          code: "bad_xml",
          message: "The XML is cut short.",
          contentType: "text/xml",
        },
        Buffer.from("<a"),
      ),
    /not understood; the last from cam-in-1/,
    /format/,
  ],
  [
    "camera's clock wrong",
    (agent) => Object.assign(agent, { cameraHealth: [{ ...HEALTHY_CAMERA, clockOffsetMs: -3_600_000 }] }),
    /clock is 3600 s behind/,
    /time zone/,
  ],
  [
    "clock not synced",
    (agent) => agent.change({ clockQuality: () => "unknown" }),
    /quality is "unknown"/,
    /time server/,
  ],
  [
    "cloud down",
    (agent) => agent.change({ link: () => ({ state: "cloud_down", detail: "it confirms nothing" }) }),
    /cloud_down: it confirms nothing/,
    /nothing to do at the lot/,
  ],
  [
    "network down",
    (agent) => agent.change({ link: () => ({ state: "network_down", detail: "no route" }) }),
    /network_down/,
    /router/,
  ],
  [
    "payments down",
    (agent) => agent.change({ link: () => ({ state: "gateway_down", detail: "no answer" }) }),
    /gateway_down/,
    /offline payment limits/,
  ],
  [
    "certificate near its end",
    (agent) => agent.change({ certificateEndsAt: () => wallMs(agent.clock.wall() + 5 * DAY_MS) }),
    /ends in 5 days/,
    /Enrol/,
  ],
  ["not enrolled", (agent) => agent.change({ certificateEndsAt: () => null }), /not enrolled/, /token/],
  [
    "replica stale",
    (agent) =>
      changeQueries(agent, (before) => ({
        replica: () => ({ ...before.replica(), confirmedAt: wallMs(agent.clock.wall() - 3 * DAY_MS) }),
      })),
    /not been confirmed for/,
    /Restore the link/,
  ],
  [
    "outbox backlog",
    (agent) =>
      changeQueries(agent, (before) => ({
        outbox: () => ({ ...before.outbox(), pending: 900, oldestPendingAt: wallMs(agent.clock.wall() - 2 * HOUR_MS) }),
      })),
    /900 events wait .* 120 minutes/,
    /don't wipe/,
  ],
  [
    "disk nearly full",
    (agent) => changeQueries(agent, () => ({ disk: () => ({ usedBytes: 1, freeBytes: 1_000_000 }) })),
    /Only 0 MB free/,
    /Free space/,
  ],
  [
    "store's share nearly full",
    (agent) =>
      changeQueries(agent, (before) => ({
        share: () => ({ ...before.share(), level: "refuse_entries", usedBytes: 96e6, roomBytes: 100e6 }),
      })),
    /filled 91 of the 95 MB.*No new vehicle/,
    /GATEHOUSE_STORE_SHARE/,
  ],
  [
    "store takes nothing",
    (agent) => agent.change({ storeHealth: () => ({ ok: false, message: "The disk fails its flushes." }) }),
    /fails its flushes/,
    /exits open/,
  ],
  [
    "printer out of paper",
    (agent) => Object.assign(agent, { devices: { ...agent.devices, peripherals: [device({ detail: "paper_out" })] } }),
    /out of paper/,
    /new roll/,
  ],
  [
    "terminal offline",
    (agent) =>
      Object.assign(agent, {
        devices: {
          ...agent.devices,
          peripherals: [device({ kind: "terminal", id: "terminal", connected: false })],
        },
      }),
    /terminal does not answer/,
    /power and cable/,
  ],
  [
    "relay board silent",
    (agent) =>
      Object.assign(agent, {
        devices: {
          ...agent.devices,
          boards: [
            {
              id: "board-1",
              driver: "modbus_rtu",
              connected: false,
              detail: null,
              lastFault: { code: "timeout", message: "no answer within 100 ms", at: wallMs(0) },
            },
          ],
        },
      }),
    /board-1 \(modbus_rtu\) does not answer: no answer within 100 ms/,
    /termination/,
  ],
  ["no watchdog", host(() => ({ watchdogUsec: undefined })), /No watchdog/, /systemd unit/],
  [
    "processor too hot",
    host((root) => ({ sys: fakeSys(root, "class/thermal/thermal_zone0", "temp", "84200") })),
    /84\.2 °C/,
    /cabinet/,
  ],
  [
    "undervoltage",
    host((root) => ({ sys: fakeSys(root, "devices/platform/soc/soc:firmware", "get_throttled", "50005") })),
    /too low now/,
    /power supply/,
  ],
  [
    "GPIO lines that keep their level (Verifies: SAFE-11)",
    (agent) => {
      const kernel = (root: string) => fakeSys(root, "module/pinctrl_rp1/parameters", "persist_gpio_outputs", "Y");
      host((root) => ({ sys: kernel(root) }))(agent);
      agent.change({
        site: { ...TEST_SITE, boards: [board.parse({ driver: "gpio", id: "pi", chip: "pinctrl-rp1" })] },
      });
    },
    /stays on until the agent is back/,
    /dtparam=strict_gpiod/,
  ],
  [
    "wrong socket permission",
    host((root) => ({ socketPath: socketOf(root, 0o666) })),
    /has mode 0666/,
    /Restart the agent/,
  ],
  ["debts waiting", host((root) => ({ debtFile: debtsOf(root) })), /2 passages wait/, /fallback/],
];

describe("gate doctor", () => {
  it("finds nothing wrong at a lot that is well", () => {
    expect(findings(recordedAgent())).toEqual([]);
  });

  it.each(FAULTS)("finds: %s", (_name, inject, says, advises) => {
    const agent = recordedAgent();
    inject(agent);
    const found = findings(agent);
    expect(found.map(({ message }) => message).join("\n")).toMatch(says);
    expect(found.find(({ message }) => says.test(message))?.advice).toMatch(advises);
  });
});

/** Replaces answers of the store; each part is made of the answers that were there before. */
function changeQueries(
  agent: RecordedAgent,
  part: (before: RecordedAgent["queries"]) => Partial<RecordedAgent["queries"]>,
): void {
  const before = agent.queries;
  agent.change({ queries: { ...before, ...part(before) } });
}

type Places = Parameters<typeof hostFacts>[0];

/** Looks at real files made for the test, as `hostFacts` looks at the computer's own. */
function host(places: (root: string) => Partial<Places>): (agent: RecordedAgent) => void {
  return (agent) => {
    const root = mkdtempSync(join(tmpdir(), "gate-host-"));
    folders.push(root);
    const well = {
      sys: root,
      watchdogDevice: null,
      watchdogUsec: "15000000",
      socketPath: socketOf(root, 0o660),
      debtFile: join(root, "none"),
    };
    agent.hostFacts = hostFacts({ ...well, ...places(root) });
  };
}

function fakeSys(root: string, folder: string, file: string, text: string): string {
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, folder, file), `${text}\n`);
  return root;
}

function socketOf(root: string, mode: number): string {
  const path = join(root, `socket-${mode.toString(8)}`);
  writeFileSync(path, "");
  chmodSync(path, mode);
  return path;
}

/** Three debts of which one is settled, and the room that the file holds beyond them. */
function debtsOf(root: string): string {
  const path = join(root, "fail-open.ndjson");
  const lines = [{ key: "a" }, { key: "b" }, { key: "c" }, { key: "b", done: true }];
  writeFileSync(path, `\n${lines.map((line) => JSON.stringify(line)).join("\n")}${"\n".repeat(100)}`);
  return path;
}
