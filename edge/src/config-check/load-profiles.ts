import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  type DeviceProfile,
  type DeviceProfiles,
  PROFILE_FOLDERS,
  PROFILE_SCHEMAS,
  type ProfileKind,
} from "@gatehouse/shared/contracts/config/profiles/device-profiles.ts";
import type { z } from "zod";
import { checkSchema, findingAt } from "./check-schema.ts";
import type { Finding } from "./finding.ts";
import { readYamlFile } from "./yaml-file.ts";

/** Profiles that come with the agent. */
const OWN_PROFILES = join(import.meta.dirname, "..", "..", "..", "firmware-configs", "devices");
const KINDS = Object.keys(PROFILE_FOLDERS) as ProfileKind[];

/** Where the profiles of a site are: in `devices` beside the folder of its file, else those that come with the agent. */
export function profilesFor(sitePath: string): string {
  const beside = join(dirname(resolve(sitePath)), "..", "devices");
  return existsSync(beside) ? beside : OWN_PROFILES;
}

/** Every profile below a folder, and what is wrong with those that can't be used. */
export async function loadProfiles(
  directory: string,
): Promise<{ readonly profiles: DeviceProfiles; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  const profiles: Record<ProfileKind, Record<string, DeviceProfile>> = {
    relay_board: {},
    loop_detector: {},
    barrier: {},
    camera: {},
  };
  for (const kind of KINDS)
    for (const path of await yamlFiles(join(directory, PROFILE_FOLDERS[kind]))) {
      const read = await loadProfile(path, PROFILE_SCHEMAS[kind]);
      if ("profile" in read) profiles[kind][read.profile.name] = read.profile;
      else findings.push(...read.findings);
    }
  // Each kind was checked by its own schema.
  return { profiles: profiles as DeviceProfiles, findings };
}

/** One profile by the schema of its kind. */
export async function loadProfile(
  path: string,
  schema: z.ZodType<DeviceProfile>,
): Promise<{ readonly profile: DeviceProfile } | { readonly findings: readonly Finding[] }> {
  const file = await readYamlFile(path);
  if ("severity" in file) return { findings: [file] };
  const checked = checkSchema(file, schema);
  if ("findings" in checked) return checked;
  const expected = basename(path).replace(/\.ya?ml$/, "");
  if (checked.data.name === expected) return { profile: checked.data };
  return { findings: [findingAt(file, { key: ["name"], message: `must be ${expected}, like the file` })] };
}

async function yamlFiles(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(directory, name));
}
