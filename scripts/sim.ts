// `npm run sim`: see simulators/src/simulation/main.ts for its options.
await import("../simulators/src/simulation/main.ts");
