import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { openStore } from "../open-store.ts";

/**
 * A process of its own for tests: appends events to the store in a directory, one a commit, and prints each n once it was
 * acknowledged. Arguments: directory, number of commits (0: until it is killed), requests at a time (1 when left out).
 */
const [directory = "", commits = "0", atOnce = "1"] = process.argv.slice(2);
const clock = systemClock();
const quiet = (): void => {};
const store = openStore({
  directory,
  clock,
  newId: uuidv7Source(clock, systemRandom),
  clockQuality: () => "synced",
  log: { info: quiet, warn: quiet, error: quiet },
});

for (let done = 0; commits === "0" || done < Number(commits); done++) {
  const appended = Array.from({ length: Number(atOnce) }, () =>
    store.transact((tx) => {
      tx.journal({ laneId: null, kind: "loop", data: { done } });
      return tx.emit({ type: "alarm.raised", code: "loop", lane_id: null, detail: String(done) });
    }),
  );
  for (const n of await Promise.all(appended)) process.stdout.write(`${n}\n`);
}
await store.close();
