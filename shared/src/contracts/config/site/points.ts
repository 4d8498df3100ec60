import { z } from "zod";
import { code } from "../../primitives.ts";

const CHANNEL = "must be a channel's number from 0 to 255, or the name of a GPIO line";
const boardName = code.describe("Board of the site's `boards`.");
const channel = z
  .union([z.int().min(0).max(255), z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/, CHANNEL)], {
    error: CHANNEL,
  })
  .describe("Channel number as it is printed on the board, or the name or number of a GPIO line.");

/** One relay, or other output, of a board. */
export const outputPoint = z.strictObject({ board: boardName, channel }, whenMissing("name its board and channel"));

/** One contact at a board's input. `active` is the state of the contact that means what the input's name says. */
export type ContactState = "closed" | "open";

/** Says what follows when a key isn't there; of any other fault zod speaks itself. */
export function whenMissing(consequence: string): {
  error: (issue: { readonly input?: unknown }) => string | undefined;
} {
  return { error: ({ input }) => (input === undefined ? `is missing: ${consequence}` : undefined) };
}

/**
 * An input whose `active` state has a default of its own. Where a cut wire must be noticed it is `open`: the contact is
 * closed as long as all is well, so a cut wire reads as the alarm (SAFE-08).
 */
export function inputPoint(active: ContactState, missing = "name its board and channel") {
  const state = z
    .enum(["closed", "open"])
    .default(active)
    .describe("State of the contact that means what the input is named for.");
  return z.strictObject({ board: boardName, channel, active: state }, whenMissing(missing));
}

export type Channel = z.infer<typeof channel>;
export type OutputPoint = z.infer<typeof outputPoint>;
export type InputPoint = z.infer<ReturnType<typeof inputPoint>>;
