import { createReadStream, existsSync, openSync, readSync, writeSync } from "node:fs";
import { soon } from "@gatehouse/edge/ports/testing/soon.ts";
import { afterEach, expect, it } from "vitest";
import { SerialLine } from "./pty.ts";

const lines: SerialLine[] = [];

afterEach(() => {
  for (const line of lines.splice(0)) line.close();
});

function plugged(onData: (bytes: Buffer) => void = () => {}): SerialLine {
  const line = new SerialLine(onData);
  lines.push(line);
  return line;
}

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

it("carries every byte as it is, in both directions, without an echo", async () => {
  const heard: Buffer[] = [];
  const line = plugged((bytes) => heard.push(bytes));
  const driver = openSync(line.path, "r+");
  writeSync(driver, everyByte);
  await soon(() => Buffer.concat(heard)).toEqual(everyByte);
  line.write(everyByte);
  const got = Buffer.alloc(256);
  for (let at = 0; at < 256; ) at += readSync(driver, got, at, 256 - at, null);
  expect(got).toEqual(everyByte);
});

it("hangs up when it is unplugged, and is another terminal by the same name when it is back", async () => {
  const line = plugged();
  const ended = new Promise<void>((resolve) =>
    createReadStream(line.path)
      .on("close", () => resolve())
      .on("error", () => {})
      .resume(),
  );
  line.write("x");
  line.unplug();
  await ended;
  expect(existsSync(line.path)).toBe(false);
  line.plug();
  expect(existsSync(line.path)).toBe(true);
});
