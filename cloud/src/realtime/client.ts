import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { toIso } from "@gatehouse/shared/kit/clock.ts";
import type { WebSocket } from "ws";
import type { TokenActor } from "../api/api-env.ts";

/** Unsent bytes at which a client counts as too slow and is cut; it may come back and gets a fresh snapshot. */
const MAX_UNSENT_BYTES = 1_048_576;
/** Unsent bytes at which frames that the next one replaces are left out. */
const MAX_UNSENT_FOR_TRANSIENT_BYTES = 65_536;

/** Codes of RFC 6455, 7.4.1, and of ours (4000 and up). */
export const CLOSE = { goingAway: 1001, badMessage: 1007, tooSlow: 1013, notAuthenticated: 4401 } as const;

/** One WebSocket with who is behind it. Frames are text that was made once for all clients. */
export interface Client {
  readonly actor: TokenActor;
  /** Sends a frame; cuts a client that can't keep up. */
  send(frame: Buffer): void;
  /** Sends a frame that may be left out when the client is slow: the next one of its kind says it all. */
  sendTransient(frame: Buffer): void;
  close(code: number, reason: string): void;
}

/** A WebSocket as the feeds see it. One that can't keep up is cut, and `onTooSlow` told. */
export function createClient(socket: WebSocket, actor: TokenActor, onTooSlow: () => void): Client {
  const close = (code: number, reason: string): void => socket.close(code, reason);
  const send = (frame: Buffer): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) {
      onTooSlow();
      close(CLOSE.tooSlow, "too slow");
      socket.terminate();
      return;
    }
    socket.send(frame, { binary: false });
  };
  return {
    actor,
    send,
    sendTransient: (frame) => {
      if (socket.bufferedAmount <= MAX_UNSENT_FOR_TRANSIENT_BYTES) send(frame);
    },
    close,
  };
}

/** A message as the text frame that all clients are sent. */
export function frameOf(message: unknown): Buffer {
  return Buffer.from(JSON.stringify(message));
}

/** The wall time of the lots' world, RFC 3339. */
export function isoNow(clock: Pick<Clock, "wall">): string {
  return toIso(clock.wall());
}
