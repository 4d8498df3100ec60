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

/** Profiles that come with the agent: in its sources, and where its Debian package puts them. */
const STOCK = [
  join(import.meta.dirname, "..", "..", "..", "firmware-configs", "devices"),
  "/usr/share/gatehouse/devices",
];
const KINDS = Object.keys(PROFILE_FOLDERS) as ProfileKind[];

/**
 * Folders with the profiles of a site: those that come with the agent, then `devices` beside the site file's folder and
 * beside the file itself, for profiles of one's own. Of two with one name the later is taken.
 */
export function profilesFor(sitePath: string): readonly string[] {
  const folder = dirname(resolve(sitePath));
  return [...new Set([...STOCK, join(folder, "..", "devices"), join(folder, "devices")])].filter(existsSync);
}

/** Every profile below some folders, and what is wrong with those that can't be used. */
export async function loadProfiles(
  directories: readonly string[],
): Promise<{ readonly profiles: DeviceProfiles; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  const profiles: Record<ProfileKind, Record<string, DeviceProfile>> = {
    relay_board: {},
    loop_detector: {},
    barrier: {},
    camera: {},
  };
  const folders = directories.flatMap((directory) => KINDS.map((kind) => ({ directory, kind })));
  for (const { directory, kind } of folders)
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
