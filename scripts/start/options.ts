import { resolve } from "node:path";
import { parseArgs } from "node:util";

export interface StartOptions {
  readonly lots: number;
  readonly traffic: number;
  readonly speed: number;
  readonly seed: number;
  /** First of the ports that are used. */
  readonly port: number;
  readonly dataDir: string;
  readonly reset: boolean;
}

export const START_HELP = `npm start [-- options]: the whole of Gatehouse on this machine, with simulated lots.
One of them also gives out tickets; its printer runs out of paper now and then.

  --lots N       how many lots, 1 to 20                                     (2)
  --traffic X    how busy they are; 0 leaves them empty, 1 is a usual day   (1)
  --speed X      how fast the lots' clock runs, so that stays and fees
                 don't take hours; barriers always move at their own pace   (20)
  --seed N       another number, other vehicles                             (1)
  --port N       first of the ports that are used, all on 127.0.0.1         (8080)
  --data DIR     where everything is kept                                   (.gatehouse/demo)
  --reset        throw away what an earlier run kept, and start anew
  --help         this text

Ctrl-C stops all of it. The next start goes on with the data of this one.`;

/** Reads the command line; the answer is the options, or what is wrong with them. */
export function readStartOptions(words: readonly string[]): StartOptions | "help" | { readonly wrong: string } {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        lots: { type: "string", default: "2" },
        traffic: { type: "string", default: "1" },
        speed: { type: "string", default: "20" },
        seed: { type: "string", default: "1" },
        port: { type: "string", default: "8080" },
        data: { type: "string", default: ".gatehouse/demo" },
        reset: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return "help";
    return {
      lots: numberIn("--lots", values.lots, { low: 1, high: 20, whole: true }),
      traffic: numberIn("--traffic", values.traffic, { low: 0, high: 100, whole: false }),
      speed: numberIn("--speed", values.speed, { low: 1, high: 1_000, whole: false }),
      seed: numberIn("--seed", values.seed, { low: 0, high: 2_147_483_647, whole: true }),
      port: numberIn("--port", values.port, { low: 1_024, high: 65_400, whole: true }),
      dataDir: folderIn("--data", values.data),
      reset: values.reset,
    };
  } catch (error) {
    return { wrong: (error as Error).message };
  }
}

function folderIn(name: string, text: string): string {
  if (text.trim() !== "") return resolve(text);
  throw new RangeError(`${name} must name a folder.`);
}

interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

function numberIn(name: string, text: string, { low, high, whole }: Bounds): number {
  const number = Number(text);
  if (text.trim() !== "" && number >= low && number <= high && (!whole || Number.isInteger(number))) return number;
  throw new RangeError(`${name} must be a ${whole ? "whole " : ""}number from ${low} to ${high}, not "${text}".`);
}
