import { registerHooks } from "node:module";

// Given to the workload by --import: the store as better-sqlite3 would have it by itself, with a flush at checkpoints only.
// The power cuts must find what that loses, or they would prove nothing about the store as it is.
const FILE = "/edge/src/store/open-database.ts";
const FULL = "synchronous = FULL";

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(FILE)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(FULL)) throw new Error(`${FILE} doesn't say "${FULL}" any more: this file must follow it.`);
    return { ...loaded, source: source.replace(FULL, "synchronous = NORMAL") };
  },
});
