import type { Result } from "@gatehouse/shared/kit/result.ts";

export type DisplayError = "not_connected" | "text_too_long";

/** Longest text that a lane display must be able to show, in characters. */
export const MAX_DISPLAY_TEXT = 128;

/**
 * What the driver at the gate sees: a line of text and the traffic light.
 *
 * Fail-safe: red (or dark) before the first command and when the driver is gone. A lost text is not an error of the lane.
 */
export interface DisplayPort {
  /** Replaces the text. `key` names the message for displays that keep their own texts. */
  show(key: string, text: string): Result<void, DisplayError>;
  light(green: boolean): Result<void, DisplayError>;
}
