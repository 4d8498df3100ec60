import { z } from "zod";
import { barrierProfile } from "./barrier.ts";
import { cameraProfile } from "./camera.ts";
import { loopDetectorProfile } from "./loop-detector.ts";
import { relayBoardProfile } from "./relay-board.ts";

/** Folder of each kind below `firmware-configs/devices`. */
export const PROFILE_FOLDERS = {
  relay_board: "relay-boards",
  loop_detector: "loop-detectors",
  barrier: "barriers",
  camera: "cameras",
} as const;

export const PROFILE_SCHEMAS = {
  relay_board: relayBoardProfile,
  loop_detector: loopDetectorProfile,
  barrier: barrierProfile,
  camera: cameraProfile,
} as const;

export const deviceProfile = z.discriminatedUnion("kind", [
  relayBoardProfile,
  loopDetectorProfile,
  barrierProfile,
  cameraProfile,
]);

export type DeviceProfile = z.infer<typeof deviceProfile>;
export type ProfileKind = DeviceProfile["kind"];

/** Profiles by kind and name. */
export type DeviceProfiles = {
  readonly [Kind in ProfileKind]: Readonly<Record<string, Extract<DeviceProfile, { kind: Kind }>>>;
};

export const NO_PROFILES: DeviceProfiles = { relay_board: {}, loop_detector: {}, barrier: {}, camera: {} };
