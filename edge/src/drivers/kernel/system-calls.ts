import { createRequire } from "node:module";
import { getSystemErrorName } from "node:util";
import { errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";

/** poll(2): data to read. */
export const POLL_IN = 0x0001;
/** poll(2): something urgent; on a sysfs attribute it means a notification. */
export const POLL_URGENT = 0x0002;
/** poll(2): an error, or the device is gone. */
export const POLL_ERROR = 0x0008;
export const POLL_HANGUP = 0x0010;

/** The kernel's word: `code` is the name of the errno, like `EBUSY`. */
export class SystemCallError extends GatehouseError {}

export interface PollWish {
  readonly fd: number;
  /** What to look for, a sum of `POLL_*`. Errors are always told. */
  readonly events: number;
}

/**
 * What Node has no function for. None of these calls waits. Throws `SystemCallError`.
 * Files are opened, read and closed by `node:fs` as ever.
 */
export interface SystemCalls {
  /** ioctl(2); `data` is read and written in place. */
  ioctl(fd: number, request: number, data: Buffer): void;
  /** poll(2) with time-out 0: what holds of each file now, a sum of `POLL_*`. */
  poll(wishes: readonly PollWish[]): readonly number[];
  /** flock(2) for this process alone; false when another process has the lock. Ends with the descriptor. */
  lock(fd: number): boolean;
  /** Sends one datagram to a Unix socket; a name that begins with `@` is an abstract one (unix(7)). */
  sendDatagram(address: string, text: string): void;
}

const POLLFD_BYTES = 8;
const LOCK_EX = 2;
const LOCK_NB = 4;
const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2 | 0o2000000;
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
/** unix(7): room of `sun_path`. */
const SUN_PATH_BYTES = 108;

let loaded: SystemCalls | null = null;

/**
 * The C library of this machine, loaded at the first call. Throws `GatehouseError` `no_system_calls` where it can't be had:
 * another system than Linux, or a processor for which the package koffi brings no build.
 */
export function systemCalls(): SystemCalls {
  loaded ??= load();
  return loaded;
}

function load(): SystemCalls {
  if (process.platform !== "linux") throw unavailable("this is no Linux");
  try {
    const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
    const libc = koffi.load("libc.so.6");
    return overLibc({
      ioctl: libc.func("int ioctl(int fd, unsigned long request, void *data)"),
      poll: libc.func("int poll(void *wishes, unsigned long count, int timeoutMs)"),
      flock: libc.func("int flock(int fd, int operation)"),
      socket: libc.func("int socket(int domain, int type, int protocol)"),
      sendto: libc.func("long sendto(int fd, void *data, size_t size, int flags, void *to, unsigned int toSize)"),
      close: libc.func("int close(int fd)"),
      errno: () => koffi.errno(),
    });
  } catch (cause) {
    throw unavailable(errorMessage(cause), cause);
  }
}

function unavailable(why: string, cause?: unknown): GatehouseError {
  const message = `The kernel can't be asked for GPIO lines and the watchdog: ${why}.`;
  return new GatehouseError("no_system_calls", message, { cause });
}

/** Functions of the C library that answer with a number, below 0 for a failure. */
type Call = (...parameters: readonly (number | Buffer)[]) => number;
type Libc = Record<"ioctl" | "poll" | "flock" | "socket" | "sendto" | "close" | "errno", Call>;

function overLibc(libc: Libc): SystemCalls {
  const demand = (call: string, answer: number): number => {
    if (answer >= 0) return answer;
    const name = getSystemErrorName(-libc.errno());
    throw new SystemCallError(name, `${call} failed with ${name}.`);
  };
  return {
    ioctl: (fd, request, data) => void demand("ioctl", libc.ioctl(fd, request, data)),
    poll(wishes) {
      const table = Buffer.alloc(wishes.length * POLLFD_BYTES);
      wishes.forEach(({ fd, events }, at) => {
        table.writeInt32LE(fd, at * POLLFD_BYTES);
        table.writeInt16LE(events, at * POLLFD_BYTES + 4);
      });
      demand("poll", libc.poll(table, wishes.length, 0));
      return wishes.map((_, at) => table.readInt16LE(at * POLLFD_BYTES + 6));
    },
    lock(fd) {
      if (libc.flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
      if (getSystemErrorName(-libc.errno()) === "EAGAIN") return false;
      demand("flock", -1);
      return false;
    },
    sendDatagram(address, text) {
      const to = unixAddress(address);
      const data = Buffer.from(text);
      const fd = demand("socket", libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0));
      try {
        demand("sendto", libc.sendto(fd, data, data.length, MSG_DONTWAIT_NOSIGNAL, to, to.length));
      } finally {
        libc.close(fd);
      }
    },
  };
}

/** `struct sockaddr_un` (unix(7)). */
function unixAddress(address: string): Buffer {
  const name = Buffer.from(address.startsWith("@") ? `\0${address.slice(1)}` : `${address}\0`);
  if (name.length > SUN_PATH_BYTES)
    throw new SystemCallError("ENAMETOOLONG", `The socket's path is too long: ${address}`);
  const bytes = Buffer.alloc(2 + name.length);
  bytes.writeUInt16LE(AF_UNIX, 0);
  name.copy(bytes, 2);
  return bytes;
}
