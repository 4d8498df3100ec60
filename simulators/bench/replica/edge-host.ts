import { fork } from "node:child_process";
import { join } from "node:path";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import type { Order, Word } from "./messages.ts";

const CHILD = join(import.meta.dirname, "edge-process.ts");
/** An edge that does not get its data in this time has a fault, and no figure is worth printing. */
const WORD_MAX_MS = 180_000;

/** A process with edges in it, as seen by the bench. */
export interface ReplicaHost {
  tell(order: Order): void;
  /** The next word that `accept` likes, of those not taken yet. Rejects after three minutes, or when the process ends. */
  hear<Kind extends Word["kind"]>(kind: Kind, accept?: (word: WordOf<Kind>) => boolean): Promise<WordOf<Kind>>;
  stop(): Promise<void>;
}

export type WordOf<Kind extends Word["kind"]> = Extract<Word, { kind: Kind }>;

export function startReplicaHost(): ReplicaHost {
  const child = fork(CHILD, { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const heard: Word[] = [];
  let look: () => void = () => undefined;
  child.on("message", (word: Word) => {
    heard.push(word);
    look();
  });
  return {
    tell: (order) => void child.send(order),
    hear: (kind, accept = () => true) =>
      new Promise((resolve, reject) => {
        const give = (error: Error | null): void => {
          timer.cancel();
          look = () => undefined;
          if (error) reject(error);
        };
        const timer = systemClock().after(WORD_MAX_MS, () => give(new Error(`No edge said "${kind}".`)));
        look = () => {
          const at = heard.findIndex((word) => word.kind === kind && accept(word as WordOf<typeof kind>));
          if (at < 0) return;
          give(null);
          resolve(heard.splice(at, 1)[0] as WordOf<typeof kind>);
        };
        void ended.then(() => give(new Error("The edges' process ended; see its words above.")));
        look();
      }),
    stop: async () => {
      if (child.connected) child.send({ kind: "stop" } satisfies Order);
      await ended;
    },
  };
}
