import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { machineMs, type Order, type Word } from "./messages.ts";
import { ReplicaEdge } from "./replica-edge.ts";

// A process that holds edges, so that the hub's work and theirs are told apart.
const clock = systemClock();
const edges: ReplicaEdge[] = [];
const say = (word: Word): void => void process.send?.(word);

process.on("message", (order: Order) => {
  obey(order).catch((error: unknown) => {
    console.error(`${order.kind}: ${errorMessage(error)}`);
    process.exit(1);
  });
});
process.once("disconnect", () => process.exit(1));

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case "link":
      return link(order);
    case "commits":
      return commit(order);
    case "stop":
      await Promise.all(edges.map((edge) => edge.close()));
      process.exit(0);
  }
}

async function link({ identities }: Extract<Order, { kind: "link" }>): Promise<void> {
  const began = machineMs();
  let waiting = identities.length;
  const all = identities.map(({ lotId, ...identity }) => {
    let isFirst = true;
    return new ReplicaEdge({ ...identity, lotId }, (version) => {
      const at = machineMs();
      say({ kind: "in_force", lotId, version, at });
      if (isFirst && --waiting === 0) say({ kind: "linked", ms: at - began });
      isFirst = false;
    });
  });
  edges.push(...all);
  await Promise.all(all.map((edge) => edge.link()));
}

async function commit({ times, everyMs }: Extract<Order, { kind: "commits" }>): Promise<void> {
  const ms: number[] = [];
  while (ms.length < times) {
    await sleep(clock, everyMs);
    const began = machineMs();
    await edges[0]?.store.transact(() => undefined, { urgent: true });
    ms.push(machineMs() - began);
  }
  say({ kind: "commits", ms });
}
