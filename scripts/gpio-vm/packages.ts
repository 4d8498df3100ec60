import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { getuid } from "node:process";

/** Debian's packages for the machine, and the file that shows each is there. */
const NEEDED: Readonly<Record<string, string>> = {
  "qemu-system-x86": "/usr/bin/qemu-system-x86_64",
  "linux-source-6.1": "/usr/src/linux-source-6.1.tar.xz",
  "linux-headers-amd64": "/usr/share/doc/linux-headers-amd64",
  "busybox-static": "/bin/busybox",
  gcc: "/usr/bin/gcc",
  make: "/usr/bin/make",
  "xz-utils": "/usr/bin/xz",
};
const KERNEL_HEADERS = /^linux-headers-(6\.1\.0-\d+-amd64)$/;

/** Why the machine can't be built here, or null. */
export function whyNot(): string | null {
  if (process.platform !== "linux" || process.arch !== "x64") return "it needs Linux on x64";
  if (missing().length === 0 && kernelVersion()) return null;
  if (getuid?.() !== 0) return `these packages are missing and only root can install them: ${missing().join(", ")}`;
  if (!existsSync("/usr/bin/apt-get")) return "this is no Debian: there is no apt-get";
  return null;
}

/** Installs what is missing, and says so. Returns why it couldn't, or null. */
export function installMissing(): string | null {
  const wanted = missing();
  if (wanted.length === 0 && kernelVersion()) return null;
  process.stdout.write(`Installing Debian packages on this machine: ${wanted.join(", ")}\n`);
  if (!apt("update", "-q")) return "apt-get update failed: is there a network?";
  if (!apt("install", "-y", "-q", "--no-install-recommends", ...wanted)) return "apt-get can't install the packages";
  return kernelVersion() ? null : "this Debian has no kernel 6.1 with headers";
}

/** Version of the kernel whose headers are installed, like 6.1.0-56-amd64; the newest one. */
export function kernelVersion(): string | null {
  const versions = readdirSync("/usr/src").flatMap((name) => KERNEL_HEADERS.exec(name)?.[1] ?? []);
  const newest = versions.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
  return newest ?? null;
}

function missing(): string[] {
  return Object.entries(NEEDED).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
}

function apt(...words: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", words, { env, stdio: ["ignore", "ignore", "inherit"] }).status === 0;
}
