import type { SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { Clock, WallMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { CERTAIN_EYE, type EyeFaults, look, type Sighting } from "./camera-eye.ts";
import { genericPost } from "./generic-lpr.ts";
import { anprPost, drawOddities, type HttpPayload, otherEventPost } from "./hikvision-anpr.ts";

/** Delivers one message to the agent. Rejects when it was not taken, and the camera will send it again. */
export type PostMessage = (payload: HttpPayload) => Promise<void>;

export interface LprCameraOptions {
  readonly camera: SiteCamera;
  readonly clock: Clock;
  readonly random: Random;
  readonly eye: EyeFaults;
  readonly post: PostMessage;
}

interface TakenRead {
  readonly sighting: Sighting;
  readonly capturedAt: WallMs;
  readonly eventId: string;
  readonly leaving: boolean;
}

/** How a camera that keeps its unsent events bounds them: the oldest are lost. */
const MAX_BACKLOG = 20;
const MAX_IN_FLIGHT = 4;
/** Looks at one vehicle that may go wrong; a camera that tries again gets a better picture. */
const DOUBTFUL_LOOKS = 2;
const SENT_TWICE = 0.08;
const OTHER_EVENT = 0.05;
const DEFAULT_MAPPING = {
  plate: "plate",
  confidence: "confidence",
  captured_at: "captured_at",
  event_id: "event_id",
  direction: "direction",
};

/** A camera with its vendor's habits: repeats itself, talks of other things, and sends late what it could not send. */
export class LprCamera {
  readonly #options: LprCameraOptions;
  #backlog: TakenRead[] = [];
  #inFlight = 0;

  constructor(options: LprCameraOptions) {
    this.#options = options;
  }

  /** Takes a picture of a vehicle; `nth` counts the pictures of this vehicle from 0. */
  see(painted: string | null, view: { nth: number; leaving: boolean }): void {
    const { random, eye, clock, camera } = this.#options;
    const sighting = look(painted, view.nth < DOUBTFUL_LOOKS ? eye : CERTAIN_EYE, random);
    const read = { sighting, capturedAt: clock.wall(), eventId: formatUuid(random.bytes(16)), leaving: view.leaving };
    const isHikvision = camera.format === "hikvision";
    if (isHikvision && random.next() < OTHER_EVENT)
      this.#send(otherEventPost(read.capturedAt, drawOddities(random), random), null);
    const payload = this.#payload(read, false);
    this.#send(payload, isHikvision ? read : null);
    if (isHikvision && random.next() < SENT_TWICE) this.#send(payload, null);
  }

  #payload(read: TakenRead, retransmission: boolean): HttpPayload {
    const { camera, random } = this.#options;
    switch (camera.format) {
      case "hikvision":
        return anprPost({ ...read, retransmission }, drawOddities(random), random);
      case "generic":
        return genericPost(read, camera.mapping ?? DEFAULT_MAPPING);
      default:
        return assertNever(camera.format);
    }
  }

  /** `kept` is what to send later, marked as late, when the agent can't take it now. */
  #send(payload: HttpPayload, kept: TakenRead | null): void {
    if (this.#inFlight >= MAX_IN_FLIGHT) return this.#keep(kept);
    this.#inFlight += 1;
    void this.#options
      .post(payload)
      .then(
        () => this.#sendLate(),
        () => this.#keep(kept),
      )
      .finally(() => {
        this.#inFlight -= 1;
      });
  }

  #keep(read: TakenRead | null): void {
    if (read) this.#backlog = [...this.#backlog, read].slice(-MAX_BACKLOG);
  }

  #sendLate(): void {
    const read = this.#backlog.shift();
    if (read) this.#send(this.#payload(read, true), read);
  }
}
