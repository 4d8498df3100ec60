import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Machine } from "./build-machine.ts";

const ENDED = /gatehouse-machine ended with (\d+)/;
/** Emulated on every computer alike: a /dev/kvm inside another virtual machine may be there and hang. */
const HARDWARE = [
  "-accel",
  "tcg,thread=multi",
  "-cpu",
  "max",
  "-smp",
  "2",
  "-m",
  "1536",
  "-no-reboot",
  "-display",
  "none",
];
/** qemu tells the bite on its control socket and then resets the machine; `-no-reboot` makes the reset its end. */
const WATCHDOG = ["-device", "i6300esb", "-action", "watchdog=reset"];
const CONNECT_TRIES = 50;
const CONNECT_EVERY_MS = 100;

/** What the machine does: a program of the project's Node, relative to the project's folder, or a whole Debian. */
export type Task =
  | { readonly kind: "program"; readonly root: string; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: "debian"; readonly folder: string };

export interface Job {
  readonly machine: Machine;
  readonly task: Task;
  readonly atMostMs: number;
  readonly onLine: (line: string) => void;
}

export interface Outcome {
  /** Exit code of the job; null when the machine ended before it. */
  readonly exitCode: number | null;
  /** The hardware watchdog reset the machine. */
  readonly hasBitten: boolean;
  readonly lastMs: number;
}

/** Runs one job in a new machine and resolves when the machine is off. */
export async function runMachine(job: Job): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-vm-"));
  const control = join(folder, "control.sock");
  const started = performance.now();
  const qemu = spawn("qemu-system-x86_64", qemuWords(job, control), { stdio: ["ignore", "pipe", "pipe"] });
  const timer = setTimeout(() => qemu.kill("SIGKILL"), job.atMostMs);
  let exitCode: number | null = null;
  let hasBitten = false;
  const complaints: string[] = [];
  createInterface({ input: qemu.stdout }).on("line", (raw) => {
    const line = raw.replace(/\r$/, "");
    const ended = ENDED.exec(line);
    if (ended) exitCode = Number(ended[1]);
    else job.onLine(line);
  });
  createInterface({ input: qemu.stderr }).on("line", (line) => complaints.push(line));
  const socket = await controlSocket(control, (event) => {
    if (event === "WATCHDOG") hasBitten = true;
  });
  const code = await new Promise<number | null>((resolve) => qemu.once("close", resolve));
  clearTimeout(timer);
  socket?.destroy();
  rmSync(folder, { recursive: true, force: true });
  if (code !== 0) job.onLine(`qemu ended with ${code ?? "a signal"}: ${complaints.join(" ")}`);
  return { exitCode, hasBitten, lastMs: performance.now() - started };
}

function qemuWords({ machine, task }: Job, control: string): string[] {
  return [
    ...HARDWARE,
    ...WATCHDOG,
    ...["-serial", "stdio", "-qmp", `unix:${control},server=on,wait=off`],
    ...["-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"],
    ...["-kernel", machine.kernel, "-initrd", machine.initramfs],
    ...["-append", `console=ttyS0 quiet no_timer_check panic=-1 ${kernelWords(task)}`],
  ];
}

function kernelWords(task: Task): string {
  switch (task.kind) {
    case "program":
      return `gatehouse.root=${task.root} gatehouse.job=${task.program} gatehouse.args=${task.args.join(",")}`;
    case "debian":
      return `gatehouse.debian=${task.folder} systemd.show_status=0 systemd.mask=serial-getty@ttyS0.service`;
  }
}

/** Hears qemu's events (QMP): one JSON object a line, after the capabilities were acknowledged. */
async function controlSocket(path: string, onEvent: (name: string) => void): Promise<Socket | null> {
  for (let attempt = 0; attempt < CONNECT_TRIES; attempt++) {
    const socket = await tryConnect(path);
    if (socket) {
      createInterface({ input: socket }).on("line", (line) => {
        const message: unknown = JSON.parse(line);
        if (typeof message === "object" && message !== null && "event" in message) onEvent(String(message.event));
      });
      socket.on("error", () => socket.destroy());
      socket.write('{"execute":"qmp_capabilities"}\n');
      return socket;
    }
    await new Promise((resolve) => setTimeout(resolve, CONNECT_EVERY_MS));
  }
  return null;
}

function tryConnect(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(socket));
    socket.once("error", () => resolve(null));
  });
}
