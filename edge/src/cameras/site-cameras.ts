import {
  type ConnectedCamera,
  isPushed,
  type PushedCamera,
  type WatchedCamera,
} from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { Site, SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { OcrEngine } from "../drivers/lpr/ocr/ocr-engine.ts";
import { openConnectedCamera } from "../drivers/lpr/open-connected.ts";
import { createPushCamera } from "../drivers/lpr/push-camera.ts";
import type { LaneControl } from "../lane/lane-control.ts";
import type { RejectedReads } from "../local-api/rejected-reads.ts";
import type { CameraPort, PushedCameraPort } from "../ports/camera/camera-port.ts";
import type { VideoPort } from "../ports/video/video-port.ts";
import type { CameraHealth } from "./camera-health.ts";
import { CameraIntake, type CountedOutcome } from "./camera-intake.ts";
import { laneOpens } from "./opened-lane.ts";
import { watchingCamera } from "./watching-camera.ts";

export interface SiteCamerasOptions {
  readonly site: Site;
  readonly lanes: Pick<LaneControl, "offer" | "snapshot" | "onChange">;
  readonly clock: Clock;
  readonly random: Random;
  readonly rejected: RejectedReads;
  readonly video: VideoPort;
  /** How fast the wall clock runs; over 1 in simulated lots only. */
  readonly wallRate: number;
  /** This computer's address towards the cameras (GATEHOUSE_HTTP_HOST). */
  readonly listenHost: string;
}

/** A camera that sends to the agent's HTTP port, and who it says it is. */
export interface KnownPushCamera {
  readonly camera: PushedCamera;
  readonly port: PushedCameraPort;
  /** Somebody could not prove to be this camera. */
  unauthorised(): void;
}

/** All cameras of a lot: those that send to us work at once, the others from `run` on. */
export interface SiteCameras extends Service {
  readonly pushed: ReadonlyMap<string, KnownPushCamera>;
  health(): readonly CameraHealth[];
  /** Calls back for each read and each refused message; returns what ends it. */
  onOutcome(listener: (outcome: CountedOutcome, cameraId: string) => void): () => void;
}

interface Connected {
  readonly camera: ConnectedCamera | WatchedCamera;
  readonly lane: SiteLane;
  readonly intake: CameraIntake;
}

/** Builds the cameras of a lot; their reads go to the lanes. */
export function createSiteCameras(options: SiteCamerasOptions): SiteCameras {
  const { site, clock, random, listenHost } = options;
  const listeners = new Set<(outcome: CountedOutcome, cameraId: string) => void>();
  const count = (outcome: CountedOutcome, cameraId: string): void => {
    for (const listener of listeners) listener(outcome, cameraId);
  };
  const intakes: CameraIntake[] = [];
  const connected: Connected[] = [];
  const pushed = new Map<string, KnownPushCamera>();
  for (const lane of site.lanes)
    for (const camera of lane.cameras) {
      const intake = new CameraIntake({ ...options, camera, lane, count });
      intakes.push(intake);
      if (isPushed(camera)) pushed.set(camera.id, pushCamera(options, { camera, lane, intake }));
      else connected.push({ camera, lane, intake });
    }
  let open: readonly CameraPort[] = [];
  const engine = new OcrEngine({ clock });
  return {
    name: "cameras",
    pushed,
    async run() {
      open = await Promise.all(
        connected.map(({ camera, lane }) =>
          camera.format === "ocr"
            ? watchingCamera({ ...options, camera, laneId: lane.id, engine })
            : openConnectedCamera({ camera, clock, random, listenHost, timeZone: camera.time_zone ?? site.time_zone }),
        ),
      );
      await Promise.all(open.map((port, at) => connected[at] && port.start(connected[at].intake)));
    },
    drain: async () => {},
    async stop() {
      await Promise.all([...open, ...[...pushed.values()].map(({ port }) => port)].map((port) => port.stop()));
      engine.stop();
    },
    health: () => intakes.map((intake) => intake.health()),
    onOutcome(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

interface Place {
  readonly camera: PushedCamera;
  readonly lane: SiteLane;
  readonly intake: CameraIntake;
}

function pushCamera({ site, clock, lanes }: SiteCamerasOptions, { camera, lane, intake }: Place): KnownPushCamera {
  const port = createPushCamera({
    camera,
    clock,
    timeZone: camera.time_zone ?? site.time_zone,
    hasOpened: () => laneOpens(lane.id, { lanes, clock }),
  });
  void port.start(intake);
  return { camera, port, unauthorised: () => intake.unauthorised() };
}
