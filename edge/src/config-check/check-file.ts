import { basename, dirname } from "node:path";
import {
  PROFILE_FOLDERS,
  PROFILE_SCHEMAS,
  type ProfileKind,
} from "@gatehouse/shared/contracts/config/profiles/device-profiles.ts";
import { checkSite } from "./check-site.ts";
import type { Finding } from "./finding.ts";
import { loadProfile } from "./load-profiles.ts";

/** Checks a file for what its folder says that it is: a device profile, or else a site. `shownAs` names it in findings. */
export async function checkFile(path: string, shownAs: string): Promise<readonly Finding[]> {
  const folder = basename(dirname(path));
  const kinds = Object.keys(PROFILE_FOLDERS) as ProfileKind[];
  const kind = kinds.find((one) => PROFILE_FOLDERS[one] === folder);
  const findings = kind ? await profileFindings(path, kind) : (await checkSite(path)).findings;
  return findings.map((finding) => (finding.file === path ? { ...finding, file: shownAs } : finding));
}

async function profileFindings(path: string, kind: ProfileKind): Promise<readonly Finding[]> {
  const read = await loadProfile(path, PROFILE_SCHEMAS[kind]);
  return "findings" in read ? read.findings : [];
}
