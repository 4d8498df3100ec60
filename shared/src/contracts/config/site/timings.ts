import { z } from "zod";

/** Safety and timing of a lane, in milliseconds; the bounds see to it that no file can make a lane unsafe. */
export const laneTimings = z.strictObject({
  pulse_ms: z.int().min(200).max(1_000).default(500).describe("Length of an open or close pulse."),
  fresh_ms: z.int().min(20).max(1_000).default(100).describe("Oldest input sample that still counts (SAFE-03)."),
  clear_hold_ms: z
    .int()
    .min(200)
    .max(5_000)
    .default(500)
    .describe("How long an input must stay clear to be clear (SAFE-12)."),
  close_delay_ms: z.int().min(0).max(60_000).default(1_000).describe("From the passage, lane clear, to the close."),
  no_passage_close_ms: z.int().min(5_000).max(300_000).default(45_000).describe("Close without passage after this."),
  travel_max_ms: z
    .int()
    .min(500)
    .max(30_000)
    .default(8_000)
    .describe("Longest time the arm may take from limit to limit."),
  grant_life_ms: z
    .int()
    .min(1_000)
    .max(10_000)
    .default(10_000)
    .describe("An open not carried out by then is dropped (SAFE-16)."),
  read_life_ms: z
    .int()
    .min(500)
    .max(30_000)
    .default(8_000)
    .describe("A read older than this needs a new one (SAFE-27)."),
  decision_max_ms: z
    .int()
    .min(500)
    .max(5_000)
    .default(3_000)
    .describe("Without an answer by then, the lane's fail policy holds (SAFE-18)."),
  no_read_ms: z
    .int()
    .min(2_000)
    .max(5_000)
    .default(4_000)
    .describe("An exit of whose vehicle nothing is read by then opens by the fail policy (SAFE-18)."),
  payment_max_ms: z
    .int()
    .min(10_000)
    .max(600_000)
    .default(120_000)
    .describe("How long the lane waits for a payment, or for a hand on the printed ticket."),
});

export type LaneTimings = z.infer<typeof laneTimings>;
