import { closeSync, constants, mkdtempSync, openSync, rmSync, symlinkSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReadStream } from "node:tty";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import koffi from "koffi";

/* A serial line whose far end is a simulated device: a pseudo-terminal of the kernel, by the C library's own functions. */

/** Size of `struct termios` at most, in bytes; it is 60 with glibc and musl on Linux, 72 on macOS. */
const TERMIOS_BYTES = 256;
/** Bytes of a pseudo-terminal's name at most. */
const NAME_BYTES = 128;

interface LibC {
  readonly open: (flags: number) => number;
  readonly grant: (fd: number) => number;
  readonly unlock: (fd: number) => number;
  readonly name: (fd: number, buffer: Buffer, length: number) => number;
  readonly getAttributes: (fd: number, termios: Buffer) => number;
  readonly makeRaw: (termios: Buffer) => void;
  readonly setAttributes: (fd: number, when: number, termios: Buffer) => number;
}

function loadLibC(): LibC {
  const lib = koffi.load(null);
  return {
    open: lib.func("int posix_openpt(int flags)"),
    grant: lib.func("int grantpt(int fd)"),
    unlock: lib.func("int unlockpt(int fd)"),
    name: lib.func("int ptsname_r(int fd, _Out_ uint8_t *name, size_t length)"),
    getAttributes: lib.func("int tcgetattr(int fd, _Out_ uint8_t *termios)"),
    makeRaw: lib.func("void cfmakeraw(_Inout_ uint8_t *termios)"),
    setAttributes: lib.func("int tcsetattr(int fd, int when, uint8_t *termios)"),
  };
}

interface OpenPty {
  readonly master: number;
  /** Held open, so that the line does not hang up each time a driver closes its end. */
  readonly slave: number;
  readonly input: ReadStream;
  readonly name: string;
}

/**
 * A serial line in the hands of a simulated device. `path` is a link like those under /dev/serial/by-id: it stays the same
 * when the device is unplugged and plugged in again, while the terminal behind it changes.
 */
export class SerialLine {
  readonly path: string;
  readonly #directory: string;
  readonly #lib: LibC;
  readonly #onData: (bytes: Buffer) => void;
  #pty: OpenPty | null = null;

  /** `onData` gets what the driver at the other end writes. Throws Error where the system gives no pseudo-terminal. */
  constructor(onData: (bytes: Buffer) => void) {
    this.#lib = loadLibC();
    this.#onData = onData;
    this.#directory = mkdtempSync(join(tmpdir(), "gatehouse-serial-"));
    this.path = join(this.#directory, "usb-simulated");
    this.plug();
  }

  /** What the device sends. Bytes to a line that is unplugged, or that nobody reads for long, are lost. */
  write(bytes: Uint8Array | string): void {
    if (!this.#pty) return;
    try {
      writeSync(this.#pty.master, typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    } catch (error) {
      const code = errorCode(error);
      if (code !== "EAGAIN" && code !== "EIO") throw error;
    }
  }

  /** The device is there; the link leads to a new terminal. */
  plug(): void {
    if (this.#pty) return;
    this.#pty = openPty(this.#lib, this.#onData);
    symlinkSync(this.#pty.name, this.path);
  }

  /** The cable is pulled: an open driver sees a hang-up, a new one finds no file. */
  unplug(): void {
    if (!this.#pty) return;
    const { input, slave } = this.#pty;
    this.#pty = null;
    unlinkSync(this.path);
    closeSync(slave);
    input.destroy();
  }

  close(): void {
    this.unplug();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function openPty(lib: LibC, onData: (bytes: Buffer) => void): OpenPty {
  const master = lib.open(constants.O_RDWR | constants.O_NOCTTY);
  if (master < 0 || lib.grant(master) !== 0 || lib.unlock(master) !== 0)
    throw new Error("The system gives no pseudo-terminal; mount devpts on /dev/pts.");
  const nameBytes = Buffer.alloc(NAME_BYTES);
  if (lib.name(master, nameBytes, NAME_BYTES) !== 0) throw new Error("The pseudo-terminal has no name.");
  const name = nameBytes.toString("latin1", 0, nameBytes.indexOf(0));
  const slave = openSync(name, constants.O_RDWR | constants.O_NOCTTY);
  setRaw(lib, slave);
  const input = new ReadStream(master);
  input.on("data", (bytes: Buffer) => onData(bytes));
  // A hang-up by the driver ends the stream with EIO; the device keeps its side as a real one would.
  input.on("error", () => {});
  return { master, slave, input, name };
}

/** No echo and no change of line ends: bytes go as they are, in both directions. */
function setRaw(lib: LibC, fd: number): void {
  const termios = Buffer.alloc(TERMIOS_BYTES);
  if (lib.getAttributes(fd, termios) !== 0) throw new Error("The pseudo-terminal can't be read.");
  lib.makeRaw(termios);
  if (lib.setAttributes(fd, 0, termios) !== 0) throw new Error("The pseudo-terminal can't be set raw.");
}
