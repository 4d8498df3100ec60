// `npm run powercut`: see simulators/src/powercut/main.ts for its options.
await import("../simulators/src/powercut/main.ts");
