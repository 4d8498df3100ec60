import type { Site } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { OfferedCredential } from "../lane/lane-control.ts";
import type { CameraHealth } from "./device-view.ts";
import type { ReadOutcome } from "./lpr-endpoint.ts";

/** Follows what each camera of the site sends, for `gate camera test` and the doctor; bounded by the cameras there are. */
export class CameraWatch {
  readonly #clock: Pick<Clock, "wall">;
  readonly #cameras: Map<string, CameraHealth>;

  constructor(site: Site, clock: Pick<Clock, "wall">) {
    this.#clock = clock;
    this.#cameras = new Map(
      site.lanes.flatMap((lane) => lane.cameras.map(({ id }) => [id, unheard(id, lane.id)] as const)),
    );
  }

  /** A message came in; `outcome` is what became of it. A wrong secret is not a sign of the camera's life. */
  counted(outcome: ReadOutcome, cameraId: string): void {
    const seen = this.#cameras.get(cameraId);
    if (!seen) return;
    if (outcome === "unauthorised") return this.#put({ ...seen, unauthorised: seen.unauthorised + 1 });
    const now = this.#clock.wall();
    this.#put({
      ...seen,
      lastMessageAt: now,
      lastReadAt: outcome === "rejected" || outcome === "no_plate" ? seen.lastReadAt : now,
      messages: seen.messages + 1,
      rejected: seen.rejected + (outcome === "rejected" ? 1 : 0),
    });
  }

  /** A read on its way to its lane; what it says of its time shows how the camera's clock stands. */
  offered({ read }: OfferedCredential): void {
    const seen = read === null ? undefined : this.#cameras.get(read.source);
    if (!seen || read?.captured_at == null) return;
    this.#put({ ...seen, clockOffsetMs: read.captured_at - read.received_at });
  }

  health(): readonly CameraHealth[] {
    return [...this.#cameras.values()];
  }

  #put(health: CameraHealth): void {
    this.#cameras.set(health.cameraId, health);
  }
}

function unheard(cameraId: string, laneId: string): CameraHealth {
  return {
    cameraId,
    laneId,
    lastMessageAt: null,
    lastReadAt: null,
    messages: 0,
    rejected: 0,
    unauthorised: 0,
    clockOffsetMs: null,
  };
}
