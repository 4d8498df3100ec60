import { type ChildProcess, fork } from "node:child_process";

/** A process of the bench's own that takes one order at a time. */
export interface AskedProcess<Order extends { readonly kind: string }, Answer> {
  readonly pid: number;
  /** Rejects when the process ends before it has answered. */
  ask(order: Order): Promise<Answer>;
  /** Whether it still runs. */
  isAlive(): boolean;
  /** Orders it to stop, if it still runs, and waits for its end. */
  stop(order: Order): Promise<void>;
}

/** Starts the program at `path`; its words go to ours. */
export function startAskedProcess<Order extends { readonly kind: string }, Answer>(
  path: string,
): AskedProcess<Order, Answer> {
  const child = fork(path, { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    isAlive,
    ask: (order) => answerOf(child, order),
    stop: async (order) => {
      if (isAlive() && child.connected) await answerOf(child, order).catch(() => undefined);
      await ended;
    },
  };
}

function answerOf<Answer>(child: ChildProcess, order: { readonly kind: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error(`A process ended during "${order.kind}"; see its words above.`));
    child.once("exit", onExit);
    child.once("message", (answer: Answer) => {
      child.off("exit", onExit);
      resolve(answer);
    });
    child.send(order);
  });
}

/** The other end: does what it is asked, one order after another; ends when the bench does, or when an order fails. */
export function obey<Order extends { readonly kind: string }, Answer>(
  carryOut: (order: Order) => Promise<Answer>,
): void {
  process.once("disconnect", () => process.exit(1));
  process.on("message", (order: Order) => {
    carryOut(order).then(
      (answer) => {
        process.send?.(answer);
        if (order.kind === "stop") process.removeAllListeners("disconnect").disconnect();
      },
      (error: unknown) => {
        console.error(`${order.kind}:`, error);
        process.exit(1);
      },
    );
  });
}
