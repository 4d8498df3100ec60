import type { BarrierPort } from "./barrier/barrier-port.ts";
import type { DisplayPort } from "./display/display-port.ts";
import type { InputPort } from "./input/input-port.ts";
import type { LoopPort } from "./loop/loop-port.ts";
import type { PaymentTerminalPort } from "./payment-terminal/payment-terminal-port.ts";

/** The devices of one lane, whatever family of drivers they come from. */
export interface LaneDevices {
  readonly barrier: BarrierPort;
  readonly loops: LoopPort;
  readonly contacts: InputPort;
  readonly display: DisplayPort;
  readonly terminal: PaymentTerminalPort;
}
