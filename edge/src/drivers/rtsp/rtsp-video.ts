import type { Video } from "@gatehouse/shared/contracts/config/site/video.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { err, type Result } from "@gatehouse/shared/kit/result.ts";
import type { SmoothView, VideoError, VideoPort, Viewer } from "../../ports/video/video-port.ts";
import { startProgram } from "./ffmpeg-process.ts";
import { LiveView } from "./live-view.ts";
import { SmoothViews } from "./smooth-view.ts";

export interface RtspVideoOptions {
  readonly cameras: readonly { readonly id: string; readonly video: Video }[];
  /** Private folder for the local sockets of the smooth views. */
  readonly directory: string;
  readonly clock: Clock;
  readonly random: Random;
}

interface Picture {
  readonly plain: LiveView;
  readonly smooth: SmoothViews;
}

/** The pictures of a lot's cameras by RTSP; nothing is read while nobody looks. */
export class RtspVideo implements VideoPort, Service {
  readonly name = "video";
  readonly #pictures: ReadonlyMap<string, Picture>;

  constructor({ cameras, directory, clock, random }: RtspVideoOptions) {
    const pictureOf = (id: string, video: Video): Picture => ({
      plain: new LiveView({ video, clock, random, start: startProgram }),
      smooth: new SmoothViews({ video, directory, name: id, clock }),
    });
    this.#pictures = new Map(cameras.map(({ id, video }) => [id, pictureOf(id, video)]));
  }

  get cameras(): readonly string[] {
    return [...this.#pictures.keys()];
  }

  watch(camera: string, viewer: Viewer): Result<() => void, VideoError> {
    return this.#pictures.get(camera)?.plain.watch(viewer) ?? err("unknown_camera");
  }

  async snapshot(camera: string): Promise<Result<Buffer, VideoError>> {
    return (await this.#pictures.get(camera)?.plain.snapshot()) ?? err("unknown_camera");
  }

  async smoothView(camera: string): Promise<Result<SmoothView, VideoError>> {
    return (await this.#pictures.get(camera)?.smooth.lease()) ?? err("unknown_camera");
  }

  run = async (): Promise<void> => {};
  drain = async (): Promise<void> => {};

  async stop(): Promise<void> {
    for (const { plain, smooth } of this.#pictures.values()) {
      plain.stop();
      smooth.stop();
    }
  }
}
