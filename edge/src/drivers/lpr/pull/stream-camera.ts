import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { CameraListener, CameraPort } from "../../../ports/camera/camera-port.ts";
import { type CameraDriverOptions, takeMessage } from "../take-message.ts";
import { CameraFault } from "./camera-fault.ts";
import { HttpAuth } from "./digest.ts";
import { openStream } from "./http-stream.ts";
import { keepConnected } from "./keep-connected.ts";
import { MAX_PART_TEXT_BYTES, MixedReplaceSplitter, type StreamPart } from "./mixed-replace.ts";

/** A text without a length that has not grown for so long is looked at before its boundary comes. */
const LOOK_AFTER_MS = 150;

export interface StreamCameraOptions extends CameraDriverOptions {
  readonly random: Random;
  readonly user: string;
  readonly password: string;
  /** The site file lets the password go out unencrypted, where the camera can't do better. */
  readonly basicWithoutTls: boolean;
  readonly streamUrl: URL;
  readonly snapshotUrl: URL;
  /** The camera says something at least this often, if only a heartbeat. */
  readonly silentAfterMs: number;
}

/** A camera that answers one GET with a stream of events, each a part of a multipart that doesn't end. */
export function createStreamCamera(options: StreamCameraOptions): CameraPort {
  const { camera, clock, random, user, password, streamUrl, snapshotUrl, silentAfterMs } = options;
  const allowsBasic = streamUrl.protocol === "https:" || options.basicWithoutTls;
  const auth = new HttpAuth({ user, password, random, allowsBasic });
  return keepConnected({
    cameraId: camera.id,
    clock,
    random,
    snapshotUrl: snapshotUrl.href,
    async connect({ listener, signal, up }) {
      const ending = new AbortController();
      const watch = new SilenceWatch(clock, silentAfterMs, () =>
        ending.abort(new CameraFault("silent", `Nothing came from the camera for ${silentAfterMs / 1_000} s.`)),
      );
      let parts: PartTaker | null = null;
      try {
        const response = await openStream(streamUrl, auth, AbortSignal.any([signal, ending.signal]));
        const splitter = splitterFor(response.headers["content-type"] ?? "");
        up();
        parts = new PartTaker(options, listener, splitter);
        response.on("error", () => {});
        for await (const chunk of response) {
          watch.heard();
          await parts.feed(chunk as Buffer);
        }
      } catch (error) {
        throw ending.signal.aborted ? ending.signal.reason : error;
      } finally {
        watch.end();
        parts?.end();
      }
    },
  });
}

function splitterFor(contentType: string): MixedReplaceSplitter {
  const [, quoted, plain] = /boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (!/^\s*multipart\//i.test(contentType) || boundary === undefined)
    throw new CameraFault("protocol", "The camera's answer is no stream of parts; is it the right format?");
  return new MixedReplaceSplitter(boundary);
}

/** Hands the texts of a stream to the parser, one after another. */
class PartTaker {
  readonly #options: StreamCameraOptions;
  readonly #listener: CameraListener;
  readonly #splitter: MixedReplaceSplitter;
  #look: Timer | null = null;
  #taking: Promise<unknown> = Promise.resolve();

  constructor(options: StreamCameraOptions, listener: CameraListener, splitter: MixedReplaceSplitter) {
    this.#options = options;
    this.#listener = listener;
    this.#splitter = splitter;
  }

  async feed(chunk: Buffer): Promise<void> {
    this.#look?.cancel();
    for (const part of this.#splitter.feed(chunk)) await this.#take(part);
    if (this.#splitter.peek() === null) return;
    this.#look = this.#options.clock.after(LOOK_AFTER_MS, () => {
      const part = this.#splitter.peek();
      if (part?.kind === "text") this.#taking = this.#taking.then(() => this.#lookAt(part));
    });
  }

  end(): void {
    this.#look?.cancel();
  }

  async #take(part: StreamPart): Promise<void> {
    await this.#taking;
    if (part.kind === "picture") return;
    const message = { contentType: "text/plain", body: Buffer.alloc(0) };
    if (part.kind === "too_large")
      return this.#listener.rejected(
        { code: "too_large", message: `A part has no end within ${MAX_PART_TEXT_BYTES} bytes.` },
        message,
      );
    await takeMessage(this.#options, part, this.#listener);
  }

  /** What can't be read yet will be complete later, so it isn't refused now. */
  async #lookAt(part: StreamPart & { readonly kind: "text" }): Promise<void> {
    const lenient: CameraListener = {
      reads: (reads) => (reads.length === 0 ? [] : this.#listener.reads(reads)),
      rejected: () => {},
      link: () => {},
    };
    await takeMessage(this.#options, part, lenient);
  }
}

/** Calls back once when nothing was heard for a while. */
class SilenceWatch {
  readonly #clock: Clock;
  readonly #afterMs: number;
  readonly #silent: () => void;
  #timer: Timer;

  constructor(clock: Clock, afterMs: number, silent: () => void) {
    this.#clock = clock;
    this.#afterMs = afterMs;
    this.#silent = silent;
    this.#timer = clock.after(afterMs, silent);
  }

  heard(): void {
    this.#timer.cancel();
    this.#timer = this.#clock.after(this.#afterMs, this.#silent);
  }

  end(): void {
    this.#timer.cancel();
  }
}
