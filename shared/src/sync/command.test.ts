import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CommandBody } from "../contracts/mqtt/commands.ts";
import { COMMAND_MAX_LIFE_MS } from "../contracts/mqtt/protocol.ts";
import {
  decodeCommandKey,
  encodeCommandKey,
  misaddressed,
  outOfTime,
  REMOTE_OPENS_PER_MINUTE,
  type ReadCommand,
  readCommand,
  signCommand,
} from "./command.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const LANE = "0190f3a1-0000-7000-8000-00000000000a";
const DEVICE = "0190f3a1-0000-7000-8000-000000000001";
const NOW = 1_800_000_000_000;

const body: CommandBody = {
  v: 1,
  id: "0190f3a1-0000-7000-8000-0000000000c1",
  device_id: DEVICE,
  epoch: 2,
  lane_id: LANE,
  action: "open",
  actor: "operator@example.org",
  reason: "driver's ticket is wet",
  issued_at: NOW - 1_000,
  not_after: NOW + 9_000,
  nonce: "nonce-nonce-nonce-1",
  link_nonce: "link-nonce-link-nonce",
};
const edge = { deviceId: DEVICE, epoch: 2, laneIds: [LANE], key: { keyId: "k1", publicKey } };
const moment = { linkNonce: body.link_nonce, cloudNowMs: NOW, actedLastMinute: 0 };

function read(text: string): ReadCommand {
  const command = readCommand(text);
  if (command === null) throw new Error("not a command");
  return command;
}
const signed = (changes: Partial<CommandBody> = {}, keyId = "k1"): ReadCommand =>
  read(JSON.stringify(signCommand({ ...body, ...changes }, keyId, privateKey)));

describe("Verifies: SYNC-11, SAFE-26: a command is for this edge only when", () => {
  it("all of it is signed with the hub's key", () => {
    expect(misaddressed(signed(), edge, false)).toBeNull();
    expect(misaddressed(signed({}, "k2"), edge, false)).toBe("bad_signature");
    const forged = generateKeyPairSync("ed25519").privateKey;
    expect(misaddressed(read(JSON.stringify(signCommand(body, "k1", forged))), edge, false)).toBe("bad_signature");
  });

  it("no field was changed after it was signed", () => {
    const message = signCommand(body, "k1", privateKey);
    const other: Record<keyof CommandBody, unknown> = {
      ...{ v: 2, id: LANE, device_id: LANE, epoch: 3, lane_id: DEVICE, action: "open", actor: "x", reason: "x" },
      ...{ issued_at: 0, not_after: NOW + 1, nonce: "another-nonce-here", link_nonce: "another-nonce-here" },
    };
    const fields = (Object.keys(body) as (keyof CommandBody)[]).filter((field) => field !== "action");
    for (const field of fields) {
      const changed = { ...message, body: { ...body, [field]: other[field] } };
      expect(misaddressed(read(JSON.stringify(changed)), edge, false)).toBe("bad_signature");
    }
  });

  it("it names this device, this epoch and a lane here, and the broker did not keep it", () => {
    expect(misaddressed(signed({ device_id: LANE }), edge, false)).toBe("wrong_device");
    expect(misaddressed(signed({ epoch: 1 }), edge, false)).toBe("wrong_epoch");
    expect(misaddressed(signed({ lane_id: DEVICE }), edge, false)).toBe("unknown_lane");
    expect(misaddressed(signed(), edge, true)).toBe("retained");
  });
});

describe("Verifies: SYNC-11, SAFE-26: a command may act only", () => {
  it("on the connection that it was made for", () => {
    expect(outOfTime(signed(), moment)).toBeNull();
    expect(outOfTime(signed({ link_nonce: "of-the-last-connection" }), moment)).toBe("stale_link");
  });

  it("before its end in cloud time, which must be known", () => {
    expect(outOfTime(signed(), { ...moment, cloudNowMs: body.not_after - 1 })).toBeNull();
    expect(outOfTime(signed(), { ...moment, cloudNowMs: body.not_after })).toBe("expired");
    expect(outOfTime(signed(), { ...moment, cloudNowMs: null })).toBe("clock_unknown");
  });

  it("within the longest life that a command may have", () => {
    expect(outOfTime(signed({ not_after: body.issued_at + COMMAND_MAX_LIFE_MS }), moment)).toBeNull();
    expect(outOfTime(signed({ not_after: body.issued_at + COMMAND_MAX_LIFE_MS + 1 }), moment)).toBe("expired");
  });

  it("within the edge's own rate", () => {
    expect(outOfTime(signed(), { ...moment, actedLastMinute: REMOTE_OPENS_PER_MINUTE - 1 })).toBeNull();
    expect(outOfTime(signed(), { ...moment, actedLastMinute: REMOTE_OPENS_PER_MINUTE })).toBe("rate_limited");
  });
});

describe("readCommand", () => {
  it("Verifies: SYNC-16: keeps a signature good that covers fields which this build does not know", () => {
    const newer = { ...body, zone: "north" };
    expect(misaddressed(read(JSON.stringify(signCommand(newer, "k1", privateKey))), edge, false)).toBeNull();
  });

  it("takes any text, and gives null for what is no command", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => readCommand(text) === null));
  });
});

it("the key in the enrolment's answer is read back, and must be an Ed25519 key", () => {
  expect(decodeCommandKey(encodeCommandKey(publicKey)).equals(publicKey)).toBe(true);
  const rsa = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
  expect(() => decodeCommandKey(encodeCommandKey(rsa))).toThrow(TypeError);
});
