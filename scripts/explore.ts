// `npm run explore`: see edge/explore/main.ts for its options.
await import("../edge/explore/main.ts");
