import { type DeviceProfiles, NO_PROFILES } from "@gatehouse/shared/contracts/config/profiles/device-profiles.ts";
import { type Site, site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { checkSchema, findingAt } from "./check-schema.ts";
import type { Finding } from "./finding.ts";
import { loadProfiles, profilesFor } from "./load-profiles.ts";
import { checkProfiles } from "./profile-rules.ts";
import { readYamlFile } from "./yaml-file.ts";

export interface CheckedSite {
  /** The site and its profiles; null when there is an error. */
  readonly good: { readonly site: Site; readonly profiles: DeviceProfiles } | null;
  readonly findings: readonly Finding[];
}

/** Checks a site file with every profile that it names. Reads files, and nothing else. */
export async function checkSite(
  path: string,
  directories: readonly string[] = profilesFor(path),
): Promise<CheckedSite> {
  const file = await readYamlFile(path);
  if ("severity" in file) return { good: null, findings: [file] };
  const checked = checkSchema(file, siteSchema);
  if ("findings" in checked) return { good: null, findings: checked.findings };
  const site = checked.data;
  if (site.lanes.every(({ wiring }) => wiring.driver === "sim"))
    return { good: { site, profiles: NO_PROFILES }, findings: [] };
  const { profiles, findings } = await loadProfiles(directories);
  const rules = checkProfiles(site, profiles).map((one) => findingAt(file, one));
  // A profile that can't be read is an error only where the site names it, and then a rule says so.
  const doubts = findings.map((one): Finding => ({ ...one, severity: "warning" }));
  const all = [...doubts, ...rules];
  const isGood = all.every(({ severity }) => severity !== "error");
  return { good: isGood ? { site, profiles } : null, findings: all };
}
