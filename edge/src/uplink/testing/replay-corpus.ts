import type { KeyObject } from "node:crypto";
import type { CommandBody, SignedCommand } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { type Random, randomInt } from "@gatehouse/shared/kit/random.ts";
import { signCommand } from "@gatehouse/shared/sync/command.ts";

/** One message as somebody who listened on the line could say it again. */
export interface Replayed {
  readonly shape: ReplayShape;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

/** What the one who says it again knows of the present: a lane, a device and the connection's nonce, but no key. */
export interface ReplayTarget {
  readonly linkNonce: string;
  readonly epoch: number;
  /** ms */
  readonly cloudMs: number;
  readonly deviceId: string;
  readonly otherLane: string;
}

type Reshape = (captured: SignedCommand, target: ReplayTarget, random: Random) => string | Uint8Array;

const changed =
  (change: (target: ReplayTarget, random: Random) => Partial<CommandBody>): Reshape =>
  (captured, target, random) =>
    JSON.stringify({ ...captured, body: { ...captured.body, ...change(target, random) } });

const LIFE_MS = 10_000;

/** What becomes of a captured message on its way back in. */
const SHAPES = {
  as_it_was: (captured) => JSON.stringify(captured),
  kept_by_the_broker: (captured) => JSON.stringify(captured),
  spelled_otherwise: ({ body, key_id, signature }) =>
    JSON.stringify({ signature, key_id, body: Object.fromEntries(Object.entries(body).reverse()) }, null, 2),
  one_bit_flipped: (captured, _target, random) => flipBit(Buffer.from(JSON.stringify(captured)), random),
  cut_short: (captured, _target, random) => {
    const text = JSON.stringify(captured);
    return text.slice(0, randomInt(random, 0, text.length - 1));
  },
  under_another_id: changed((_target, random) => ({ id: idFrom(random) })),
  with_a_new_nonce: changed((_target, random) => ({ nonce: Buffer.from(random.bytes(16)).toString("base64url") })),
  for_this_connection: changed(({ linkNonce, epoch }) => ({ link_nonce: linkNonce, epoch })),
  made_up_to_date: changed(({ linkNonce, epoch, cloudMs, deviceId }, random) => ({
    ...{ id: idFrom(random), nonce: Buffer.from(random.bytes(16)).toString("base64url"), device_id: deviceId, epoch },
    ...{ link_nonce: linkNonce, issued_at: cloudMs, not_after: cloudMs + LIFE_MS },
  })),
  with_a_longer_life: changed(() => ({ not_after: Number.MAX_SAFE_INTEGER })),
  for_another_lane: changed(({ otherLane }) => ({ lane_id: otherLane })),
} as const satisfies Record<string, Reshape>;

export type ReplayShape = keyof typeof SHAPES;
const REPLAY_SHAPES = Object.keys(SHAPES) as ReplayShape[];
/** The same command, on the connection of its capture: one that had not arrived yet, and still holds, may act so. */
export const SAME_COMMAND: readonly ReplayShape[] = ["as_it_was", "spelled_otherwise", "for_this_connection"];

/** Each captured command in each shape. */
export function replaysOf(captured: readonly SignedCommand[], target: ReplayTarget, random: Random): Replayed[] {
  return captured.flatMap((command) =>
    REPLAY_SHAPES.map((shape) => {
      const said = SHAPES[shape](command, target, random);
      const payload = typeof said === "string" ? Buffer.from(said, "utf8") : said;
      return { shape, payload, retained: shape === "kept_by_the_broker" };
    }),
  );
}

export interface Capture {
  readonly count: number;
  readonly deviceId: string;
  readonly laneId: string;
  readonly linkNonce: string;
  readonly epoch: number;
  /** Cloud time, ms, at which they were made; they hold for 10 s. */
  readonly issuedAt: number;
  readonly key: { readonly keyId: string; readonly privateKey: KeyObject };
}

/** Real commands of the cloud, signed with its key, as they went over the line. */
export function capturedCommands(capture: Capture, random: Random): SignedCommand[] {
  const { deviceId, laneId, linkNonce, epoch, issuedAt, key } = capture;
  return Array.from({ length: capture.count }, () => {
    const body: CommandBody = {
      ...{ v: 1, id: idFrom(random), device_id: deviceId, epoch, lane_id: laneId, action: "open" },
      ...{ actor: "operator", reason: "ticket not readable", issued_at: issuedAt, not_after: issuedAt + LIFE_MS },
      ...{ nonce: Buffer.from(random.bytes(16)).toString("base64url"), link_nonce: linkNonce },
    };
    return signCommand(body, key.keyId, key.privateKey);
  });
}

function idFrom(random: Random): string {
  return uuidv7Source(new ManualClock(), random)();
}

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  const bit = randomInt(random, 0, bytes.length * 8 - 1);
  const at = bit >> 3;
  return bytes.map((byte, index) => (index === at ? byte ^ (1 << (bit & 7)) : byte));
}
