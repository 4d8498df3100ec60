import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Site } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { Video } from "@gatehouse/shared/contracts/config/site/video.ts";
import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { runAll, type Service, stopAll } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { Logger } from "pino";
import { createSiteCameras } from "../cameras/site-cameras.ts";
import { createDecisionDesk } from "../decision/desk.ts";
import { RtspVideo } from "../drivers/rtsp/rtsp-video.ts";
import { readSeenEnds } from "../lane/debt-ledger.ts";
import type { ReportLane } from "../lane/lane-report.ts";
import { createLaneSystem } from "../lane/lane-system.ts";
import type { AgentView } from "../local-api/agent-view.ts";
import { hostFacts } from "../local-api/host-facts.ts";
import { createLocalApi } from "../local-api/local-api.ts";
import { RejectedReads } from "../local-api/rejected-reads.ts";
import { copyStore } from "../store/copy-store.ts";
import { trialWatch } from "../update/trial-watch.ts";
import { openHubSession } from "../uplink/hub-session.ts";
import { createUplink } from "../uplink/uplink.ts";
import { clockTrust, computerBoot } from "./clock-trust.ts";
import { type CloudLink, createCloudLink } from "./cloud-link.ts";
import type { AgentConfig } from "./config.ts";
import { keepFailPolicy } from "./fail-policy.ts";
import { openStoreOnFullDisk } from "./store-reserve.ts";
import { composeWatchdogs } from "./watchdogs.ts";

export interface AgentSurroundings {
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly version: string;
}

export interface Agent extends Service {
  /** The port that cameras send to; known once the agent runs. */
  httpPort(): number;
}

/** Builds the whole agent of a lot. The only place where its parts meet. */
export async function composeAgent({ config, clock, random, log, version }: AgentSurroundings): Promise<Agent> {
  await makeDataDir(config.dataDir);
  const debtFile = join(config.dataDir, "fallback", "fail-open.ndjson");
  let wall = () => clock.wall();
  /** The lot's time: the wall clock, but never before what the store has seen, also after a boot in 1970 (SYNC-13). */
  const lotClock = clockWith(clock, () => wall());
  const newId = uuidv7Source(lotClock, random);
  let link: CloudLink | null = null;
  const linkState = () => link?.state().state ?? "cloud_down";
  const ownClockQuality = clockTrust({
    clock,
    directory: config.dataDir,
    isSimulated: config.wallRate !== null,
    measured: () => link?.clockQuality() ?? null,
  });

  /** A computer whose clock is wrong goes by the cloud's time, once it has heard it. */
  const clockQuality = (): ClockQuality => {
    const own = ownClockQuality();
    return link?.lotTime()?.quality ?? own;
  };
  const measuredClock = clockWith(clock, () => link?.lotTime()?.at ?? clock.wall());
  const store = openStoreOnFullDisk({
    directory: config.dataDir,
    share: config.storeShare,
    clock: measuredClock,
    newId,
    clockQuality,
    log,
  });
  wall = () => store.stamp().at;
  const { site } = config;
  const desk = createDecisionDesk({
    store,
    site,
    clock,
    newId,
    linkState,
    clockQuality,
    log,
    seenEnds: readSeenEnds(debtFile),
  });
  const failPolicy = keepFailPolicy({ replica: store.replica, clock });
  const report: ReportLane = async (event) => void (await store.outbox.append(event));
  const watchdogs = composeWatchdogs({ config, log, askStore: () => store.transact(() => undefined) });
  const lanes = createLaneSystem({
    ...(watchdogs.setup && { watchdog: watchdogs.setup }),
    site,
    desk,
    journal: store.journal,
    report,
    clock: lotClock,
    newId,
    log,
    ioListen: { path: config.ioSocketPath },
    profiles: config.profiles,
    fallbackDir: dirname(debtFile),
    keptFile: join(config.dataDir, "lanes-kept.json"),
    computerBoot: computerBoot(),
    failPolicy: () => failPolicy.now(),
  });
  const certificateTime = () => ({ isClockTrusted: ownClockQuality() === "synced", floor: store.timeFloor() });
  link = createCloudLink({
    directory: join(config.dataDir, "identity"),
    provisioningUrl: config.provisioningUrl,
    enrolmentToken: config.enrolmentToken,
    serial: config.serial,
    clock,
    random,
    log,
    openSession: openHubSession,
    certificateTime,
    createUplink: (identity, openSession) =>
      createUplink({
        identity: config.mqttUrl === null ? identity : { ...identity, mqttUrl: config.mqttUrl },
        openSession,
        outbox: store.outbox,
        replica: store.replica,
        commands: store.commands,
        lanes,
        queries: store.queries,
        clock,
        random,
        log,
        boot: store.boot,
        wallRate: config.wallRate?.rate ?? 1,
        certificateTime,
        agentVersion: version,
        onLinkState: (state) => log.info({ state }, "The link's state changed."),
      }),
  });
  const rejected = new RejectedReads();
  const wallRate = config.wallRate?.rate ?? 1;
  const video = new RtspVideo({
    cameras: camerasWithPicture(site),
    directory: join(config.dataDir, "video"),
    clock,
    random,
  });
  const cameras = createSiteCameras({
    site,
    lanes,
    clock,
    random,
    rejected,
    video,
    wallRate,
    listenHost: config.http.host,
  });
  const view: AgentView = {
    site,
    version,
    serial: config.serial,
    boot: store.boot,
    startedAt: { wall: clock.wall(), mono: clock.mono() },
    clock,
    lanes,
    queries: store.queries,
    rejected,
    link: () => link.state(),
    clockQuality: ownClockQuality,
    storeHealth: () => store.health(),
    certificateEndsAt: () => link.certificateEndsAt(),
    enrol: (ask) => link.enrol(ask),
    random,
    inspect: (laneId) => lanes.inspect(laneId),
    explain: (query) => desk.explain(query),
    journal: store.journal,
    report,
    replica: store.replica,
    cameras,
    video,
    peripherals: () => lanes.peripheralHealth(),
    boards: () => lanes.boards(),
    host: () =>
      hostFacts({
        sys: "/sys",
        watchdogDevice: config.watchdog.device,
        watchdogUsec: config.watchdogUsec,
        socketPath: config.socketPath,
        debtFile: debtFile,
      }),
    copyStore: (file) => copyStore(config.dataDir, file),
    dataDir: config.dataDir,
  };
  const api = createLocalApi({ view, http: config.http, socketPath: config.socketPath });
  const trial = trialWatch({
    dataDir: config.dataDir,
    version,
    lanes: () => lanes.snapshot(),
    isOnline: () => linkState() === "online",
    clock,
    log,
    restart: () => process.kill(process.pid, "SIGTERM"),
  });
  const services: readonly Service[] = [failPolicy, lanes, cameras, video, api, link, ...watchdogs.services, trial];
  return {
    name: "agent",
    run: () => runAll(services),
    drain: async () => {},
    async stop() {
      await stopAll(services);
      await store.close();
    },
    httpPort: () => api.port(),
  };
}

/** The same timers and monotonic time with another wall time. */
function clockWith(clock: Clock, wall: Clock["wall"]): Clock {
  return {
    wall,
    mono: () => clock.mono(),
    after: (delayMs, fire) => clock.after(delayMs, fire),
    every: (periodMs, fire) => clock.every(periodMs, fire),
  };
}

function camerasWithPicture({ lanes }: Site): { readonly id: string; readonly video: Video }[] {
  return lanes.flatMap((lane) => lane.cameras.flatMap(({ id, video }) => (video ? [{ id, video }] : [])));
}

async function makeDataDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    const message = `The data directory ${path} can't be used: ${errorMessage(cause)}. Set GATEHOUSE_DATA_DIR to a directory that the agent's user may write.`;
    throw new GatehouseError("bad_data_dir", message, { cause });
  });
}
