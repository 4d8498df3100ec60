// `npm run torture`: see simulators/src/torture/main.ts for its options.
await import("../simulators/src/torture/main.ts");
