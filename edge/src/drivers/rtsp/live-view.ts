import type { Video } from "@gatehouse/shared/contracts/config/site/video.ts";
import type { Clock, MonoMs, Timer } from "@gatehouse/shared/kit/clock.ts";
import { type Backoff, backoffMs } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { VideoError, Viewer } from "../../ports/video/video-port.ts";
import { concatList, jpegArguments } from "./ffmpeg-input.ts";
import type { startProgram } from "./ffmpeg-process.ts";
import { jpegFrames } from "./jpeg-frames.ts";

/** Viewers of one camera at a time. */
export const MAX_VIEWERS = 8;
/** A stream that brings no picture for so long is started anew, ms. */
export const SILENT_MAX_MS = 8_000;
/** A picture this young is a snapshot of now, ms. */
const SNAPSHOT_FRESH_MS = 1_000;
/** Longest wait for a first picture, ms; cameras send a whole picture every few seconds only. */
const FIRST_FRAME_MAX_MS = 12_000;
const RESTART: Backoff = { firstMs: 500, maxMs: 30_000, jitter: 0.2 };

export interface LiveViewOptions {
  readonly video: Video;
  readonly clock: Clock;
  readonly random: Random;
  readonly start: typeof startProgram;
}

/** The pictures of one camera, read from the first viewer's coming to the last one's leaving. */
export class LiveView {
  readonly #options: LiveViewOptions;
  readonly #viewers = new Set<Viewer>();
  #end: (() => void) | null = null;
  #retry: Timer | null = null;
  #silence: Timer | null = null;
  #failures = 0;
  #last: { readonly jpeg: Buffer; readonly at: MonoMs } | null = null;

  constructor(options: LiveViewOptions) {
    this.#options = options;
  }

  /** Whether the stream is being read, or a new try waits. */
  get running(): boolean {
    return this.#end !== null || this.#retry !== null;
  }

  watch(viewer: Viewer): Result<() => void, VideoError> {
    if (this.#viewers.size >= MAX_VIEWERS) return err("too_many_viewers");
    this.#viewers.add(viewer);
    if (!this.running) this.#start();
    return ok(() => {
      this.#viewers.delete(viewer);
      if (this.#viewers.size === 0) this.stop();
    });
  }

  /** One picture of now; starts the stream when nobody watches it. */
  snapshot(): Promise<Result<Buffer, VideoError>> {
    const { clock } = this.#options;
    if (this.#last && clock.mono() - this.#last.at <= SNAPSHOT_FRESH_MS) return Promise.resolve(ok(this.#last.jpeg));
    return new Promise((resolve) => {
      let leave = (): void => {};
      const settle = (answer: Result<Buffer, VideoError>): void => {
        timer.cancel();
        leave();
        resolve(answer);
      };
      const timer = clock.after(FIRST_FRAME_MAX_MS, () => settle(err("unreachable")));
      const joined = this.watch({ frame: (jpeg) => settle(ok(jpeg)), interrupted: (error) => settle(err(error)) });
      if (joined.ok) leave = joined.value;
      else settle(joined);
    });
  }

  stop(): void {
    this.#retry?.cancel();
    this.#retry = null;
    this.#silence?.cancel();
    this.#failures = 0;
    this.#last = null;
    const end = this.#end;
    this.#end = null;
    end?.();
  }

  #start(): void {
    const { video, start } = this.#options;
    const program = { command: "ffmpeg", args: jpegArguments(video), input: concatList(video) };
    const frames = jpegFrames((jpeg) => this.#show(jpeg));
    const end = start(program, {
      output: frames,
      ended: (error) => {
        if (this.#end === end) this.#interrupted(error);
      },
    });
    this.#end = end;
    this.#listen();
  }

  #show(jpeg: Buffer): void {
    if (this.#end === null) return;
    this.#failures = 0;
    this.#last = { jpeg, at: this.#options.clock.mono() };
    this.#listen();
    for (const viewer of [...this.#viewers]) viewer.frame(jpeg);
  }

  /** ffmpeg waits for ever on a camera that keeps the connection and sends nothing. */
  #listen(): void {
    this.#silence?.cancel();
    this.#silence = this.#options.clock.after(SILENT_MAX_MS, () => this.#end?.());
  }

  #interrupted(error: VideoError): void {
    const { clock, random } = this.#options;
    this.#silence?.cancel();
    this.#end = null;
    this.#retry = clock.after(backoffMs(RESTART, this.#failures++, random), () => {
      this.#retry = null;
      this.#start();
    });
    for (const viewer of [...this.#viewers]) viewer.interrupted(error);
  }
}
