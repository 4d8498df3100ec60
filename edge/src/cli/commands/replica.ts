import { replicaCollections } from "@gatehouse/shared/contracts/replica/collections.ts";
import { type ReplicaView, replicaView } from "../../local-api/contract.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";

const COLLECTIONS: readonly string[] = Object.keys(replicaCollections);

export interface ReplicaOptions {
  readonly collection: string | null;
  readonly limit: number;
  readonly check: boolean;
}

/** `gate replica show [COLLECTION]`: the permits, tariffs and policy that this edge decides by. */
export async function replicaShow(
  context: CommandContext,
  { collection, limit, check }: ReplicaOptions,
): Promise<void> {
  if (collection !== null && !COLLECTIONS.includes(collection))
    throw new CommandFailure(
      EXIT.usage,
      `There is no collection "${collection}"; there are: ${COLLECTIONS.join(", ")}.`,
    );
  const query = new URLSearchParams({
    limit: String(limit),
    check: String(check),
    ...(collection === null ? {} : { collection }),
  });
  const found = await context.agent.get(`/replica?${query}`, replicaView);
  show(context, found, (view) => replicaText(view, collection));
  if (found.computed !== null && found.computed !== found.checksum)
    throw new CommandFailure(
      EXIT.failed,
      "The replica is not what the cloud sent; it is fetched anew at the next connection. If this comes again, the card is dying.",
    );
}

function replicaText({ version, checksum, computed, items }: ReplicaView, collection: string | null): string {
  const head = [
    `version ${version}, checksum ${checksum}`,
    ...(computed === null ? [] : [computed === checksum ? "computed anew: the same" : `computed anew: ${computed}`]),
  ];
  if (collection === null) return [...head, `collections: ${COLLECTIONS.join(", ")}`].join("\n");
  if (items.length === 0) return [...head, `Nothing is in ${collection}.`].join("\n");
  return [...head, ...items.map(({ key, value }) => `${key}  ${JSON.stringify(value)}`)].join("\n");
}
