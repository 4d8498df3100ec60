import type { Clock, Timer, WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Result } from "@gatehouse/shared/kit/result.ts";
import type { Crop, FoundText } from "../../../../ocr/src/messages.ts";
import type { CameraListener, CameraPort } from "../../../ports/camera/camera-port.ts";
import { type VideoError, videoErrorTexts } from "../../../ports/video/video-port.ts";
import type { OcrError } from "./ocr-engine.ts";
import { plateInText } from "./plate-in-text.ts";

/** From the vehicle's arrival on the loop to the first picture, ms: it still rolls. */
const SETTLE_MS = 150;
/** Between two pictures of a vehicle that has no answer yet, ms. */
const AGAIN_MS = 600;
/** Pictures of one vehicle; after them it needs another credential, or a hand. */
export const MAX_PICTURES = 10;

const engineTexts: Readonly<Record<OcrError, string>> = {
  not_installed: "The recogniser isn't installed; run `npm run ocr -- install` or install the package gatehouse-ocr.",
  busy: "The recogniser has more pictures than it can read; give it a faster computer or fewer lanes.",
  late: "The recogniser didn't answer in time.",
  failed: "The recogniser could not read the picture.",
};

export interface OcrCameraOptions {
  readonly cameraId: string;
  readonly crop: Crop | null;
  readonly layouts: readonly string[];
  readonly minConfidence: number;
  readonly clock: Clock;
  readonly snapshot: () => Promise<Result<Buffer, VideoError>>;
  readonly read: (jpeg: Uint8Array, crop: Crop | null) => Promise<Result<readonly FoundText[], OcrError>>;
  /** Tells when a vehicle comes onto the lane's arming loop, and when it has left it; returns what ends it. */
  readonly onVehicle: (listener: (isThere: boolean) => void) => () => void;
}

/**
 * A camera without a reader of its own: while a vehicle stands on the arming loop its picture is looked at, until a plate
 * was taken or the vehicle is gone.
 */
export class OcrCamera implements CameraPort {
  readonly cameraId: string;
  readonly #options: OcrCameraOptions;
  #listener: CameraListener | null = null;
  #unwatch: (() => void) | null = null;
  #timer: Timer | null = null;
  /** Counts vehicles, so that a picture of the one before is not taken for this one's. */
  #vehicle = 0;
  #pictures = 0;

  constructor(options: OcrCameraOptions) {
    this.#options = options;
    this.cameraId = options.cameraId;
  }

  async start(listener: CameraListener): Promise<void> {
    this.#listener = listener;
    listener.link({ state: "waiting" });
    this.#unwatch = this.#options.onVehicle((isThere) => {
      this.#vehicle++;
      this.#timer?.cancel();
      this.#pictures = 0;
      if (isThere) this.#after(SETTLE_MS);
    });
  }

  async stop(): Promise<void> {
    this.#unwatch?.();
    this.#unwatch = null;
    this.#timer?.cancel();
    this.#vehicle++;
    this.#listener = null;
  }

  snapshotUrl(): null {
    return null;
  }

  #after(delayMs: number): void {
    const vehicle = this.#vehicle;
    this.#timer = this.#options.clock.after(delayMs, () => void this.#look(vehicle));
  }

  async #look(vehicle: number): Promise<void> {
    const { clock, snapshot, read, crop } = this.#options;
    const capturedAt = clock.wall();
    this.#pictures++;
    const picture = await snapshot();
    if (vehicle !== this.#vehicle) return;
    if (!picture.ok) return this.#again({ code: picture.error, message: videoErrorTexts[picture.error] });
    const lines = await read(picture.value, crop);
    if (vehicle !== this.#vehicle) return;
    if (!lines.ok) return this.#again({ code: lines.error, message: engineTexts[lines.error] });
    this.#listener?.link({ state: "up" });
    if (!this.#offer(lines.value, capturedAt)) this.#again(null);
  }

  /** Whether a plate was found and taken, so that no other picture is needed. */
  #offer(lines: readonly FoundText[], capturedAt: WallMs): boolean {
    const plate = plateInText(lines, this.#options.layouts);
    if (plate === null || plate.confidence < this.#options.minConfidence) return false;
    const { text, confidence } = plate;
    const read = { vendorEventId: null, rawText: text, confidence, travel: null, capturedAt, isReplay: false };
    const outcomes = this.#listener?.reads([{ ...read, sources: [], images: [] }]) ?? [];
    return outcomes.includes("accepted") || outcomes.includes("duplicate");
  }

  #again(trouble: { readonly code: VideoError | OcrError; readonly message: string } | null): void {
    if (trouble) {
      const code = trouble.code === "not_authorised" ? "refused" : "unreachable";
      this.#listener?.link({ state: "down", code, message: trouble.message });
    }
    if (this.#pictures < MAX_PICTURES) this.#after(AGAIN_MS);
  }
}
