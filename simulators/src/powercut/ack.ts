import { z } from "zod";

/** What the workload says once a step was acknowledged to it: from then on a power cut may take none of it. */
export const ack = z.object({
  step: z.int(),
  epoch: z.int(),
  lastN: z.int(),
  lastHash: z.string(),
  replicaVersion: z.int(),
});

export type Ack = z.infer<typeof ack>;
