import type { Result } from "@gatehouse/shared/kit/result.ts";
import type { DeviceHealth } from "../device-health.ts";

export type DisplayError = "not_connected" | "text_too_long";

/** Longest text that a lane display must be able to show, in characters. */
export const MAX_DISPLAY_TEXT = 128;

/**
 * The line of text for the driver at the gate.
 *
 * Fail-safe: empty before the first command. A text that is lost is no error of the lane; the driver shows the last one
 * again as soon as the display is back.
 */
export interface DisplayPort {
  /** Replaces the text. `key` names the message for displays that keep their own texts. */
  show(key: string, text: string): Result<void, DisplayError>;
  health(): DeviceHealth;
}
