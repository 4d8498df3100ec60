import { DatabaseSync } from "node:sqlite";
import { databasePath } from "@gatehouse/edge/store/open-database.ts";
import { z } from "zod";

const logEnd = z.object({ epoch: z.int(), n: z.int(), hash: z.string() });

/** Where an edge's own log ends. */
export type EdgeLogEnd = z.infer<typeof logEnd>;

const LOG_END = `
  SELECT head.epoch, coalesce(last.n, head.pruned_n) AS n, coalesce(last.hash, head.pruned_hash) AS hash
  FROM outbox_head AS head LEFT JOIN outbox AS last ON last.n = (SELECT max(n) FROM outbox)`;

/** Reads the end of an edge's log from its store, beside a running agent or after it. */
export function readEdgeLogEnd(dataDir: string): EdgeLogEnd {
  const database = new DatabaseSync(databasePath(dataDir), { readOnly: true });
  try {
    return logEnd.parse(database.prepare(LOG_END).get());
  } finally {
    database.close();
  }
}
