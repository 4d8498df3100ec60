import { parseArgs } from "node:util";
import { replay, run, summary } from "./run.ts";

const USAGE = `Usage: npm run explore -- [--short] [--model NAME [--trace "ACTION, ACTION, ..."]]

Walks through every reachable state of lane machine and guard, within models that say what can happen, and judges the
safety rules in each. Without options it takes some minutes; --short takes less than one. Fails when a rule is broken, when
a model has more states than its bound, or when something that is declared as reachable is not reached.`;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function main(): number {
  let options: { short: boolean; model?: string | undefined; trace?: string | undefined; help: boolean };
  try {
    const { values } = parseArgs({
      options: {
        short: { type: "boolean", default: false },
        model: { type: "string" },
        trace: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    options = values;
  } catch {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  const { short, model = null, trace } = options;
  if (options.help) {
    print(USAGE);
    return 0;
  }
  if (model !== null && trace !== undefined) {
    const actions = trace.split(",").map((one) => one.trim());
    if (replay(model, actions, print)) return 0;
    process.stderr.write(`There is no model "${model}".\n`);
    return 2;
  }
  const verdict = run({ isLong: !short, name: model, print });
  if (verdict.found.length === 0) {
    process.stderr.write(`There is no model "${model}".\n`);
    return 2;
  }
  for (const line of summary(verdict)) print(line);
  return verdict.ok ? 0 : 1;
}

process.exitCode = main();
