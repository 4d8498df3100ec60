import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const GUEST_INIT = fileURLToPath(new URL("guest/init", import.meta.url));
const KERNEL_SOURCE = "/usr/src/linux-source-6.1.tar.xz";
const SIMULATED_CHIP = ["drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c"];
/** Modules of Debian's kernel that the machine wants beside the simulated chip; their own needs are found. */
const MODULES = ["virtio_pci", "9pnet_virtio", "9p", "overlay", "configfs", "i6300esb"];
const CHIP_MODULE = "gatehouse-gpio-sim";

export interface Machine {
  readonly kernel: string;
  readonly initramfs: string;
}

/** The kernel and first file system of the machine, built when they aren't there. Throws with the failing tool's words. */
export function buildMachine(folder: string, version: string): Machine {
  const recipe = createHash("sha256").update(version);
  for (const file of [GUEST_INIT, fileURLToPath(import.meta.url)]) recipe.update(readFileSync(file));
  const built = join(folder, `${version}-${recipe.digest("hex").slice(0, 12)}`);
  const machine = { kernel: join(built, "vmlinuz"), initramfs: join(built, "initramfs") };
  if (existsSync(built)) return machine;
  const work = join(folder, "building");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const kernel = fetchKernel(work, version);
  const chip = buildChipModule(work, version);
  const modules = [...inOrder(kernel.modules, MODULES), chip];
  copyFileSync(kernel.image, join(work, "vmlinuz"));
  buildInitramfs(work, modules);
  for (const name of ["kernel", "root", "chip"]) rmSync(join(work, name), { recursive: true, force: true });
  renameSync(work, built);
  return machine;
}

/** Debian's kernel, unpacked and not installed: this computer goes on booting what it did. */
function fetchKernel(work: string, version: string): { image: string; modules: string } {
  const folder = join(work, "kernel");
  mkdirSync(folder);
  run("apt-get", ["download", "-q", `linux-image-${version}`], folder);
  const [deb] = readdirSync(folder);
  run("dpkg-deb", ["-x", deb ?? "", folder], folder);
  return { image: join(folder, "boot", `vmlinuz-${version}`), modules: join(folder, "lib/modules", version, "kernel") };
}

/**
 * The kernel's simulated chip with the simulated interrupts that Debian leaves out, as one module. `irq_to_desc` is not
 * exported to modules; `generic_handle_irq` does the same.
 */
function buildChipModule(work: string, version: string): string {
  const folder = join(work, "chip");
  mkdirSync(folder);
  const members = SIMULATED_CHIP.map((path) => `linux-source-6.1/${path}`);
  run("tar", ["-xJf", KERNEL_SOURCE, "--strip-components=3", ...members], folder);
  const interrupts = join(folder, "irq_sim.c");
  const text = readFileSync(interrupts, "utf8");
  const changed = text.replace("handle_simple_irq(irq_to_desc(irqnum));", "generic_handle_irq(irqnum);");
  if (changed === text) throw new Error("irq_sim.c of this kernel is not as expected; see build-machine.ts.");
  writeFileSync(interrupts, changed);
  writeFileSync(join(folder, "Kbuild"), `obj-m := ${CHIP_MODULE}.o\n${CHIP_MODULE}-y := gpio-sim.o irq_sim.o\n`);
  run("make", ["-C", `/usr/src/linux-headers-${version}`, `M=${folder}`, "modules"], folder);
  return join(folder, `${CHIP_MODULE}.ko`);
}

/** Files of the modules and of all that they need, each after what it needs. */
function inOrder(folder: string, names: readonly string[]): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ko"));
  const fileOf = new Map(files.map((path) => [moduleName(path), join(folder, path)]));
  const ordered = new Set<string>();
  const add = (name: string): void => {
    const file = fileOf.get(moduleName(name));
    // What has no file is built into the kernel.
    if (file === undefined || ordered.has(file)) return;
    for (const need of needsOf(file)) add(need);
    ordered.add(file);
  };
  for (const name of names) add(name);
  return [...ordered];
}

function moduleName(path: string): string {
  return basename(path, ".ko").replaceAll("-", "_");
}

/** `depends=` of the module's .modinfo section, a comma-separated list that ends with a zero byte. */
function needsOf(file: string): string[] {
  const found = /\0depends=([^\0]*)\0/.exec(readFileSync(file, "latin1"));
  return (found?.[1] ?? "").split(",").filter(Boolean);
}

function buildInitramfs(work: string, modules: readonly string[]): void {
  const root = join(work, "root");
  for (const name of ["bin", "modules", "proc", "sys", "dev"]) mkdirSync(join(root, name), { recursive: true });
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  symlinkSync("busybox", join(root, "bin/sh"));
  copyFileSync(GUEST_INIT, join(root, "init"));
  for (const [at, file] of modules.entries()) {
    copyFileSync(file, join(root, "modules", `${String(at).padStart(2, "0")}-${basename(file)}`));
  }
  run("sh", ["-c", "chmod 755 init && find . | busybox cpio -o -H newc > ../initramfs"], root);
}

function run(command: string, words: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, words, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")} failed:\n${error?.message ?? `${stdout}${stderr}`}`);
}
