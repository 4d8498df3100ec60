import { type ChildProcess, fork } from "node:child_process";
import { chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Video } from "@gatehouse/shared/contracts/config/site/video.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { SmoothView, VideoError } from "../../ports/video/video-port.ts";
import { concatList, INPUT_ARGUMENTS } from "./ffmpeg-input.ts";
import { causeOf } from "./ffmpeg-process.ts";

/** Leases of one camera's view at a time. */
const MAX_LEASES = 4;
/** Longest wait for the child to listen, ms. */
const READY_MAX_MS = 8_000;
const MAX_COMPLAINT = 4_096;
const CHILD = fileURLToPath(new URL("./smooth-view-child.ts", import.meta.url));

export interface SmoothViewOptions {
  readonly video: Video;
  /** Folder that only the agent may enter; the socket of this camera lies in it. */
  readonly directory: string;
  readonly name: string;
  readonly clock: Clock;
}

/**
 * JSMpeg's view of one camera, in a child that lives as long as somebody holds a lease. A child that ends cuts its
 * viewers off; their next try begins a new one.
 */
export class SmoothViews {
  readonly #options: SmoothViewOptions;
  #child: ChildProcess | null = null;
  #ready: Promise<Result<void, VideoError>> | null = null;
  #leases = 0;

  constructor(options: SmoothViewOptions) {
    this.#options = options;
  }

  async lease(): Promise<Result<SmoothView, VideoError>> {
    if (this.#leases >= MAX_LEASES) return err("too_many_viewers");
    this.#leases++;
    // A folder that can't be made, or a process that can't be started, is told, and the next lease tries again.
    this.#ready ??= this.#begin().catch(() => err("unreachable"));
    const ready = await this.#ready;
    if (!ready.ok) {
      this.#release();
      return ready;
    }
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      this.#release();
    };
    return ok({ socketPath: this.#socketPath, release });
  }

  stop(): void {
    if (this.#child?.connected) this.#child.disconnect();
    this.#forget();
  }

  get #socketPath(): string {
    return join(this.#options.directory, `${this.#options.name}.sock`);
  }

  #release(): void {
    this.#leases--;
    if (this.#leases === 0) this.stop();
  }

  #forget(): void {
    this.#child = null;
    this.#ready = null;
  }

  async #begin(): Promise<Result<void, VideoError>> {
    const { video, directory, clock } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    await rm(this.#socketPath, { force: true });
    const environment = {
      ...process.env,
      GATEHOUSE_VIDEO_INPUT: concatList(video),
      GATEHOUSE_VIDEO_ARGUMENTS: INPUT_ARGUMENTS.join(" "),
    };
    const child = fork(CHILD, [this.#socketPath, String(video.width)], { env: environment, silent: true });
    this.#child = child;
    let complaint = "";
    child.stdout?.resume();
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-MAX_COMPLAINT);
    });
    return new Promise((resolve) => {
      const late = clock.after(READY_MAX_MS, () => child.kill("SIGKILL"));
      child.once("message", () => resolve(ok(undefined)));
      child.once("close", () => {
        late.cancel();
        if (this.#child === child) this.#forget();
        resolve(err(complaint.includes("ENOENT") ? "no_ffmpeg" : causeOf(complaint)));
      });
      child.once("message", () => late.cancel());
    });
  }
}
