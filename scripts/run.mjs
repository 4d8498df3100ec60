#!/usr/bin/env node
// The door to everything: npm start, npm test, npm run check, bench, gate. It runs on whatever Node is installed and with
// nothing else there, so this file keeps to syntax that old versions can at least read, to tell what they lack.
const OLDEST_NODE = 20;

const major = Number(process.versions.node.split(".")[0]);
if (major < OLDEST_NODE) {
  process.stderr.write(
    `Gatehouse needs Node ${OLDEST_NODE} or later to set itself up; this is ${process.version}.\n` +
      "Get a newer one from https://nodejs.org (or your system's packages) and run the same command again.\n",
  );
  process.exitCode = 1;
} else {
  void import("./run/main.mjs").then((run) => run.main(process.argv.slice(2)));
}
