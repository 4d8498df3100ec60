import type { Result } from "@gatehouse/shared/kit/result.ts";

/**
 * The traffic light behind the barrier.
 *
 * Fail-safe: red, or dark, before the first command and when the driver is gone.
 */
export interface LightPort {
  show(green: boolean): Result<void, "not_connected">;
}
