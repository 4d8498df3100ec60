import { startVitest } from "vitest/node";
import { closingLine, ResultCount } from "./testing/result-count.ts";

const KINDS = ["unit", "pg", "scenario"];
const USAGE = `Usage: npm test -- [${KINDS.join(" | ")} ...] [part of a file's path ...] [-t "part of a test's title"]`;

interface Selection {
  readonly kinds: readonly string[];
  readonly fileParts: readonly string[];
  readonly titlePattern: string | undefined;
}

/** What to run: words that name a kind select it, all others are parts of file paths. Null when it can't be understood. */
function readArguments(words: readonly string[]): Selection | null {
  const kinds: string[] = [];
  const fileParts: string[] = [];
  let titlePattern: string | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "-t") titlePattern = words[++index];
    else if (word.startsWith("-")) return null;
    else (KINDS.includes(word) ? kinds : fileParts).push(word);
  }
  return { kinds, fileParts, titlePattern };
}

async function main(): Promise<number> {
  const selection = readArguments(process.argv.slice(2));
  if (!selection) {
    console.error(USAGE);
    return 2;
  }
  const count = new ResultCount();
  const { kinds, fileParts, titlePattern } = selection;
  const vitest = await startVitest("test", [...fileParts], {
    watch: false,
    // Loading by Node itself writes no bundle of the settings into node_modules, which may belong to another user.
    configLoader: "native",
    project: [...kinds],
    reporters: ["default", count],
    passWithNoTests: true,
    ...(titlePattern === undefined ? {} : { testNamePattern: titlePattern }),
  });
  await vitest.close();
  if (count.passed + count.failed === 0) console.error("No test ran: nothing fits what was asked for.");
  console.log(closingLine(count));
  return count.failed > 0 || count.passed === 0 ? 1 : 0;
}

// Exits outright: a test that leaves a timer or a socket behind must not keep the run open.
process.exit(await main());
