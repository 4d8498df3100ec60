import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase } from "../../../../scripts/testing/test-database.ts";
import { type SampleOperator, sampleOperator } from "../../db/testing/sample-data.ts";
import { createLog } from "../../observe/log.ts";
import { startCloud } from "../compose.ts";
import { readConfig } from "../config.ts";

export interface RunningCloud {
  readonly api: string;
  readonly databaseUrl: string;
  readonly sample: SampleOperator;
  stop(): Promise<void>;
}

export interface RunningCloudOptions {
  /** Seed of the sample operator; its lot has 3 standard spots and 1 for electric vehicles. */
  readonly seed: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The real composition with the roles api and worker on a database of its own, on a free port. Only in `*.pg.test.ts`. */
export async function runCloud({ seed, environment = {} }: RunningCloudOptions): Promise<RunningCloud> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-cloud-"));
  const sample = sampleOperator({
    seed,
    spots: [
      { type: "standard", count: 3 },
      { type: "ev", count: 1 },
    ],
  });
  const setupFile = join(folder, "setup.json");
  await writeFile(setupFile, JSON.stringify(sample.data));
  const config = readConfig({
    DATABASE_URL: database.url,
    ROLES: "api,worker",
    GATEHOUSE_API_PORT: "0",
    GATEHOUSE_DATA_DIR: folder,
    GATEHOUSE_SETUP_FILE: setupFile,
    ...environment,
  });
  const cloud = await startCloud(config, createLog("fatal"));
  return {
    api: cloud.addresses().api ?? "",
    databaseUrl: database.url,
    sample,
    stop: async () => {
      await cloud.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
