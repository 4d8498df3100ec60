import { fromIso, toIso, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { UpdateManifest } from "./manifest.ts";
import type { HeadError } from "./update-file.ts";
import { compareVersions } from "./version.ts";

/** The computer that an update would run on. */
export interface Installed {
  /** Version that runs now. */
  readonly version: string;
  readonly arch: string;
  readonly serial: string;
}

export interface UpdateFacts {
  /** Signed with a key that this computer knows; see readHead. */
  readonly manifest: UpdateManifest;
  /** What the file really holds after its manifest. */
  readonly packageFound: { readonly sha256: string; readonly bytes: number };
  readonly installed: Installed;
  readonly now: WallMs;
}

export type UpdateRefusal =
  | HeadError
  | "expired"
  | "clock_wrong"
  | "other_arch"
  | "other_device"
  | "already_runs"
  | "older"
  | "too_large_a_step"
  | "damaged"
  | "no_keys"
  | "no_space"
  | "lanes_busy"
  | "agent_unreachable";

export type UpdateDecision =
  | { readonly kind: "install"; readonly version: string }
  | { readonly kind: "refuse"; readonly code: UpdateRefusal; readonly message: string };

/** Whether a signed update may be installed: never one that is older than what runs, nor the same again. */
export function decideUpdate({ manifest, packageFound, installed, now }: UpdateFacts): UpdateDecision {
  if (now < fromIso(manifest.created))
    return refuse(
      "clock_wrong",
      `This computer's clock says ${toIso(now)}, but the update was made at ${manifest.created}. Set the clock.`,
    );
  if (now > fromIso(manifest.expires))
    return refuse("expired", `The update expired at ${manifest.expires}. Get a newer one.`);
  if (manifest.arch !== installed.arch)
    return refuse("other_arch", `The update is for ${manifest.arch}, this computer is ${installed.arch}.`);
  if (manifest.devices !== "all" && !manifest.devices.includes(installed.serial))
    return refuse("other_device", `The update isn't meant for this computer (serial ${installed.serial}).`);
  const step = judgeVersion(manifest, installed.version);
  if (step) return step;
  const { sha256, bytes } = manifest.package;
  if (packageFound.bytes < bytes)
    return refuse("truncated", `The file has ${packageFound.bytes} of ${bytes} bytes. Copy it again.`);
  if (packageFound.bytes > bytes || packageFound.sha256 !== sha256)
    return refuse("damaged", "The file's content is not what was signed. Copy it again.");
  return { kind: "install", version: manifest.version };
}

/** Words for a file that isn't even the beginning of an update. */
export function headRefusal(error: HeadError): UpdateDecision {
  switch (error) {
    case "not_an_update":
      return refuse(error, "This file is no update of Gatehouse.");
    case "truncated":
      return refuse(error, "The file ends in the middle. Copy it again.");
    case "unsigned":
      return refuse(error, "The update is not signed.");
    case "foreign_key":
      return refuse(error, "The update is signed with a key that this computer doesn't know.");
    case "bad_signature":
      return refuse(error, "The update was changed after it was signed.");
    case "bad_manifest":
      return refuse(error, "The update's manifest can't be understood: it is damaged, or made for newer agents.");
  }
}

function judgeVersion({ version, min_version }: UpdateManifest, runs: string): UpdateDecision | null {
  const order = compareVersions(version, runs);
  if (order === 0) return refuse("already_runs", `Version ${version} runs already.`);
  if (order < 0)
    return refuse("older", `Version ${version} is older than ${runs}, which runs. An update never goes back.`);
  if (compareVersions(runs, min_version) < 0)
    return refuse(
      "too_large_a_step",
      `Version ${version} replaces ${min_version} or later; ${runs} runs. Install one in between first.`,
    );
  return null;
}

export function refuse(code: UpdateRefusal, message: string): UpdateDecision & { kind: "refuse" } {
  return { kind: "refuse", code, message };
}
