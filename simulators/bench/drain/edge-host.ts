import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Answer, Order } from "./messages.ts";

const CHILD = join(import.meta.dirname, "edge-process.ts");

/** A process with edges in it, as seen by the bench. */
export interface EdgeHost {
  /** One order at a time. Rejects when the process ends before it has answered. */
  ask(order: Order): Promise<Answer>;
  stop(): Promise<void>;
}

export function startEdgeHost(): EdgeHost {
  const child = fork(CHILD, { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    ask: (order) => answerOf(child, order),
    stop: async () => {
      if (child.connected) await answerOf(child, { kind: "stop" });
      await ended;
    },
  };
}

function answerOf(child: ChildProcess, order: Order): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (): void =>
      reject(new Error(`The edges' process ended during "${order.kind}"; see its words above.`));
    child.once("exit", onExit);
    child.once("message", (answer: Answer) => {
      child.off("exit", onExit);
      resolve(answer);
    });
    child.send(order);
  });
}
