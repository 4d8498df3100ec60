import { z } from "zod";
import { version } from "./version.ts";

/** Largest package of a release, bytes; ours has some 50 MB. */
export const PACKAGE_MAX_BYTES = 500_000_000;

/** What an update says of itself. Its bytes are signed as they are in the file, so nothing is ever written anew from this. */
export const updateManifest = z.strictObject({
  format: z.literal(1),
  version,
  arch: z.enum(["amd64", "arm64", "armhf"]),
  /** Serial numbers of the computers that it is meant for. */
  devices: z.union([z.literal("all"), z.array(z.string().min(1).max(64)).min(1).max(1_000)]),
  created: z.iso.datetime(),
  /** Not installed after this. */
  expires: z.iso.datetime(),
  /** Oldest release that may be replaced by this one. */
  min_version: version,
  package: z.strictObject({
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    bytes: z.int().min(1).max(PACKAGE_MAX_BYTES),
  }),
});

export type UpdateManifest = z.infer<typeof updateManifest>;
