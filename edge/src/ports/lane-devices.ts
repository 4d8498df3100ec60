import type { TestedName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { Result } from "@gatehouse/shared/kit/result.ts";
import type { BarrierPort } from "./barrier/barrier-port.ts";
import type { InputPort } from "./input/input-port.ts";
import type { LightPort } from "./light/light-port.ts";
import type { LoopPort } from "./loop/loop-port.ts";

/** The devices of one lane that safety depends on, whatever family of drivers they come from. */
export interface LaneDevices {
  readonly barrier: BarrierPort;
  readonly loops: LoopPort;
  readonly contacts: InputPort;
  readonly light: LightPort;
  /**
   * End of the last sampling round over every input of the lane, by the slowest of its boards; null before the first. A
   * board that answers with a failure, or not at all in its time, has been sampled: it says `lost`. Only a driver whose
   * rounds have stopped is left behind, and then the watchdog goes without food (SAFE-10).
   */
  sampledAt(): MonoMs | null;
  /** Switches the test input of a monitored device (SAFE-13); left out where the lane has none. */
  readonly test?: (name: TestedName, on: boolean) => Result<void, "not_connected" | "io_failed">;
}
