import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { decodeBatch, encodeBatch } from "../../sync/batch.ts";
import { chainHashes, ZERO_HASH } from "../../sync/hash-chain.ts";
import { edgeEvent } from "./events.ts";
import { confirm, hello, telemetry } from "./link.ts";
import { PROTOCOL_OLDEST, PROTOCOL_VERSION } from "./protocol.ts";
import { replicaMessage } from "./replica.ts";

/** SHA-256 of each version's messages, encoded by a build of that version and judged by its contracts: never made anew. */
const WRITTEN: Readonly<Record<number, string>> = {
  3: "5c691704a28f779154f1b99ec195b1d3b668bb452edf9fa6dbe15cc4e70c845d",
  4: "1323da159e96e2e5add8792349169c270816f25e506b356fa271de785deb63d4",
  5: "46497a3252f3c919716ae99fd2528ceb5c5d5084fb319d7e328adbeacc4d64b0",
};

const fixture = z.object({
  version: z.int(),
  types: z.array(z.string()),
  last_hash: z.string(),
  batch: z.base64(),
  hello: z.json(),
  confirm: z.json(),
  replica: z.array(z.json()),
  /** From version 4 on. */
  telemetry: z.json().optional(),
});
const folder = new URL("./fixtures/", import.meta.url);
const versions = Array.from({ length: PROTOCOL_VERSION - PROTOCOL_OLDEST + 1 }, (_, i) => PROTOCOL_OLDEST + i);
const textOf = (version: number): string => readFileSync(new URL(`v${version}.json`, folder), "utf8");

describe.each(versions)("messages of version %i", (version) => {
  const kept = fixture.parse(JSON.parse(textOf(version)));
  const decoded = decodeBatch(Buffer.from(kept.batch, "base64"));

  it("Verifies: SYNC-16: are as they were written", () => {
    expect(createHash("sha256").update(textOf(version)).digest("hex")).toBe(WRITTEN[version]);
  });

  it("Verifies: SYNC-16: a batch is read, each kind of event in it is understood, and its hash is the one of then", () => {
    if (!decoded.ok) throw new Error(decoded.error);
    const { header, lines } = decoded.value;
    expect(header.v).toBe(version);
    const types = lines.map((line) => edgeEvent.parse(JSON.parse(line)).body.type);
    expect([...new Set<string>(types)]).toEqual(kept.types);
    expect(chainHashes(header.previous_hash, lines).at(-1)).toBe(kept.last_hash);
  });

  it("Verifies: SYNC-16: hello and confirmation are read on the other side", () => {
    expect(hello.parse(kept.hello)).toMatchObject({ v: version, last_hash: kept.last_hash });
    expect(confirm.parse(kept.confirm)).toMatchObject({ v: version });
  });

  it("Verifies: SYNC-16: the replica's messages are read at the edge", () => {
    expect(kept.replica.map((message) => replicaMessage.parse(message).kind)).toEqual(["snapshot", "delta"]);
  });

  it.runIf(version >= 4)("Verifies: SYNC-16: the replica's messages tell of when they are", () => {
    expect(kept.replica.map((message) => replicaMessage.parse(message).as_of)).not.toContain(undefined);
  });

  it.runIf(version >= 5)("Verifies: SYNC-16: a hello tells what is confirmed and what is kept", () => {
    expect(hello.parse(kept.hello)).toMatchObject({ confirmed: { n: 12 }, kept: { n: 3 } });
  });

  it.runIf(version >= 4)("Verifies: SYNC-16: telemetry tells how the edge stands, and is read without it", () => {
    const told = telemetry.parse(kept.telemetry);
    expect(told.standing).toBeDefined();
    expect(telemetry.parse({ ...told, standing: undefined }).standing).toBeUndefined();
  });

  it("Verifies: SYNC-16: fields that this build does not know do no harm, and stay in an event's line", () => {
    if (!decoded.ok) throw new Error(decoded.error);
    const lines = decoded.value.lines.map((line) => JSON.stringify({ ...JSON.parse(line), from_later: { x: 1 } }));
    const again = decodeBatch(encodeBatch({ ...decoded.value.header, previous_hash: ZERO_HASH }, lines));
    expect(again).toMatchObject({ ok: true, value: { lines } });
    for (const line of lines) expect(edgeEvent.safeParse(JSON.parse(line)).success).toBe(true);
    expect(hello.safeParse({ ...z.record(z.string(), z.json()).parse(kept.hello), from_later: 1 }).success).toBe(true);
    expect(confirm.safeParse({ ...z.record(z.string(), z.json()).parse(kept.confirm), from_later: 1 }).success).toBe(
      true,
    );
  });
});

it("Verifies: SYNC-16: each version that is still read has its messages kept", () => {
  const files = readdirSync(folder);
  for (const version of versions) expect(files).toContain(`v${version}.json`);
});
