import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { DrainEdge } from "./drain-edge.ts";
import type { Answer, EdgeOrder, Order } from "./messages.ts";

// A process that holds edges and does what the bench's process says, one order after another.
const clock = systemClock();
let edges: DrainEdge[] = [];
let fresh: { readonly ended: Promise<number[]>; readonly end: () => void } | null = null;

process.on("message", (order: Order) => void obey(order));
process.once("disconnect", () => process.exit(1));

async function obey(order: Order): Promise<void> {
  const before = process.cpuUsage();
  try {
    const ms = await carryOut(order);
    const { user, system } = process.cpuUsage(before);
    const pending = edges.reduce((sum, edge) => sum + edge.pending, 0);
    process.send?.({ ms, cpuMs: (user + system) / 1_000, pending } satisfies Answer);
  } catch (error) {
    console.error(`${order.kind}: ${errorMessage(error)}`);
    process.exitCode = 1;
    process.disconnect();
  }
}

async function carryOut(order: Order): Promise<number[]> {
  switch (order.kind) {
    case "fill":
      return fill(order.edges);
    case "drain":
      return drain();
    case "fresh":
      return startFresh(order.everyMs);
    case "fresh_end":
      return endFresh();
    case "link":
      return first().link().then(nothing);
    case "unlink":
      return first().unlink().then(nothing);
    case "decide":
      return decide(order);
    case "stop":
      return stop();
  }
}

async function fill(orders: readonly EdgeOrder[]): Promise<number[]> {
  edges = orders.map((one) => new DrainEdge(one));
  await Promise.all(edges.map((edge) => edge.fill()));
  return [];
}

async function drain(): Promise<number[]> {
  const began = performance.now();
  await Promise.all(edges.map((edge) => edge.link().then(() => edge.drained())));
  return [performance.now() - began];
}

async function startFresh(everyMs: number): Promise<number[]> {
  const edge = first();
  await edge.link();
  let isOver = false;
  const writeAll = async (): Promise<number[]> => {
    const writes: Promise<number>[] = [];
    while (!isOver) {
      writes.push(edge.writeFresh());
      await sleep(clock, everyMs);
    }
    return Promise.all(writes);
  };
  fresh = { ended: writeAll(), end: () => (isOver = true) };
  return [];
}

async function endFresh(): Promise<number[]> {
  fresh?.end();
  return (await fresh?.ended) ?? [];
}

async function decide({ everyMs, times }: Extract<Order, { kind: "decide" }>): Promise<number[]> {
  const edge = first();
  const took: number[] = [];
  while (took.length < times) {
    took.push(await edge.decide());
    await sleep(clock, everyMs);
  }
  return took;
}

async function stop(): Promise<number[]> {
  await Promise.all(edges.map((edge) => edge.close()));
  setImmediate(() => process.disconnect());
  return [];
}

function nothing(): number[] {
  return [];
}

function first(): DrainEdge {
  const [edge] = edges;
  if (!edge) throw new Error("An order came before any edge was filled.");
  return edge;
}
