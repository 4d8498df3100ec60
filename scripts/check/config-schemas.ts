import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { barrierProfile } from "@gatehouse/shared/contracts/config/profiles/barrier.ts";
import { cameraProfile } from "@gatehouse/shared/contracts/config/profiles/camera.ts";
import { loopDetectorProfile } from "@gatehouse/shared/contracts/config/profiles/loop-detector.ts";
import { relayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import { site } from "@gatehouse/shared/contracts/config/site/site.ts";
import { z } from "zod";

const FOLDER = "firmware-configs/schema";

/** JSON Schema of each kind of file, for editors. */
const SCHEMAS: Readonly<Record<string, { readonly title: string; readonly schema: z.ZodType }>> = {
  site: { title: "Wiring of one lot", schema: site },
  "relay-board": { title: "Profile of a relay and input board", schema: relayBoardProfile },
  "loop-detector": { title: "Profile of a loop detector", schema: loopDetectorProfile },
  barrier: { title: "Profile of a barrier", schema: barrierProfile },
  camera: { title: "Profile of a camera", schema: cameraProfile },
};

/** The text of each schema file as it should be, by its path. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(SCHEMAS).map(([name, { title, schema }]) => {
      const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "ref" });
      return [`${FOLDER}/${name}.json`, `${JSON.stringify({ title, ...json }, null, 2)}\n`];
    }),
  );
}

function main(args: readonly string[]): number {
  const root = join(import.meta.dirname, "..", "..");
  const stale = [...schemaFiles()].filter(([path, text]) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, "utf8") !== text;
  });
  if (stale.length === 0) {
    console.log(`${FOLDER} is as the schemas say`);
    return 0;
  }
  if (args.includes("--write")) {
    for (const [path, text] of stale) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
      console.log(`${path} is written anew`);
    }
    return 0;
  }
  for (const [path] of stale) console.error(`${path} doesn't say what the schema says.`);
  return 1;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
