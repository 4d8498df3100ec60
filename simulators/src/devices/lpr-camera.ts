import type { PushedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { CERTAIN_EYE, type EyeFaults, look } from "./camera-eye.ts";
import { KEEPS_UNSENT, pushChatter, pushMessages } from "./cameras/push-messages.ts";
import type { HttpPayload, SightedVehicle } from "./cameras/sighted.ts";

/** Delivers one message to the agent. Rejects when it was not taken, and the camera will send it again. */
export type PostMessage = (payload: HttpPayload) => Promise<void>;

export interface LprCameraOptions {
  readonly camera: PushedCamera;
  readonly clock: Clock;
  readonly random: Random;
  readonly eye: EyeFaults;
  readonly post: PostMessage;
}

/** How a camera that keeps its unsent events bounds them: the oldest are lost. */
const MAX_BACKLOG = 20;
const MAX_IN_FLIGHT = 4;
/** Looks at one vehicle that may go wrong; a camera that tries again gets a better picture. */
const DOUBTFUL_LOOKS = 2;
const SENT_TWICE = 0.08;
const OTHER_EVENT = 0.05;
/** A camera with its vendor's habits: repeats itself, talks of other things, and sends late what it could not send. */
export class LprCamera {
  readonly #options: LprCameraOptions;
  #backlog: SightedVehicle[] = [];
  #inFlight = 0;

  constructor(options: LprCameraOptions) {
    this.#options = options;
  }

  /** Takes a picture of a vehicle; `nth` counts the pictures of this vehicle from 0. */
  see(painted: string | null, view: { nth: number; leaving: boolean }): void {
    const { random, eye, clock, camera } = this.#options;
    const vehicle: SightedVehicle = {
      sighting: look(painted, view.nth < DOUBTFUL_LOOKS ? eye : CERTAIN_EYE, random),
      capturedAt: clock.wall(),
      eventId: formatUuid(random.bytes(16)),
      leaving: view.leaving,
      retransmission: false,
    };
    const chatter = random.next() < OTHER_EVENT ? pushChatter(camera.format, vehicle.capturedAt, random) : null;
    if (chatter) this.#send(chatter, null);
    for (const payload of pushMessages(camera, vehicle, random)) {
      this.#send(payload, KEEPS_UNSENT.has(camera.format) ? vehicle : null);
      if (random.next() < SENT_TWICE) this.#send(payload, null);
    }
  }

  /** `kept` is what to send later, marked as late, when the agent can't take it now. */
  #send(payload: HttpPayload, kept: SightedVehicle | null): void {
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

  #keep(read: SightedVehicle | null): void {
    if (read) this.#backlog = [...this.#backlog, read].slice(-MAX_BACKLOG);
  }

  #sendLate(): void {
    const { camera, random } = this.#options;
    const vehicle = this.#backlog.shift();
    if (!vehicle) return;
    for (const payload of pushMessages(camera, { ...vehicle, retransmission: true }, random))
      this.#send(payload, vehicle);
  }
}
