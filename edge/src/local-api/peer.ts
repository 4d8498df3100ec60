import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { z } from "zod";

/** Who is at the other end of a local socket, as the kernel told it when the connection was made. */
export interface Peer {
  readonly uid: number;
  readonly pid: number;
}

/** Asks the kernel who is at the other end; null where it can't be asked. */
export type AskPeer = (socket: Socket) => Peer | null;

/** Linux, asm-generic/socket.h: the same numbers on arm, arm64 and x64. */
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** `struct ucred`: pid, uid, gid, 32 bits each. */
const UCRED_BYTES = 12;

const withDescriptor = z.object({ _handle: z.object({ fd: z.int().nonnegative() }) });

/**
 * Makes the question to the kernel (SO_PEERCRED, unix(7)) by a foreign function call. On a machine without that library
 * the answer is always null: then only the file's permission says who may come, and the peer's own word who came.
 */
export async function loadAskPeer(): Promise<AskPeer> {
  if (process.platform !== "linux") return () => null;
  try {
    const { default: koffi } = await import("koffi");
    const getsockopt = koffi
      .load(null)
      .func("int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)");
    return (socket) => {
      const descriptor = withDescriptor.safeParse(socket);
      if (!descriptor.success) return null;
      const credentials = Buffer.alloc(UCRED_BYTES);
      const { fd } = descriptor.data._handle;
      if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, [UCRED_BYTES]) !== 0) return null;
      return { pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4) };
    };
  } catch {
    return () => null;
  }
}

/** The account's name of a uid, from the computer's list of accounts; null when it has none. */
export function accountName(uid: number, accounts = readAccounts()): string | null {
  for (const line of accounts.split("\n")) {
    const [name, , id] = line.split(":");
    if (name && id === String(uid)) return name;
  }
  return null;
}

function readAccounts(): string {
  try {
    return readFileSync("/etc/passwd", "utf8");
  } catch {
    return "";
  }
}

const ACTOR_MAX = 128;

/**
 * Who acts, for journal and audit. The uid is the kernel's; what the peer says of itself (the person behind `sudo`) is
 * kept beside it and marked as said. Without the kernel's word it is all only said.
 */
export function actorText(peer: Peer | null, said: string): string {
  if (peer === null) return `${said} (said, not checked)`.slice(0, ACTOR_MAX);
  const known = `${accountName(peer.uid) ?? "account"} (uid ${peer.uid})`;
  return (said === known ? known : `${known}, says: ${said}`).slice(0, ACTOR_MAX);
}
