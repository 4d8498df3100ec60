import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_PART_TEXT_BYTES, MAX_PICTURE_BYTES, MixedReplaceSplitter, type StreamPart } from "./mixed-replace.ts";

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9]);
/** Contains a whole part of somebody else's, with its boundary at the beginning of a line. */
const TRAP = Buffer.concat([
  JPEG.subarray(0, 4),
  Buffer.from("\r\n--b\r\nContent-Type: text/plain\r\n\r\nPlateNumber=TRAP\r\n"),
  JPEG.subarray(4),
]);

interface Form {
  readonly lineEnd: string;
  readonly length: "told" | "none" | "zero";
}

function stream(parts: readonly (string | Buffer)[], { lineEnd, length }: Form): Buffer {
  const chunks = parts.flatMap((part) => {
    const body = Buffer.from(part);
    const told = { told: [`Content-Length: ${body.length}`], none: [], zero: ["Content-Length: 0"] }[length];
    const type = typeof part === "string" ? "text/plain" : "image/jpeg";
    return [Buffer.from(["--b", `Content-Type: ${type}`, ...told, "", ""].join(lineEnd)), body, Buffer.from(lineEnd)];
  });
  return Buffer.concat([...chunks, Buffer.from(`--b${lineEnd}`)]);
}

function texts(parts: readonly StreamPart[]): readonly string[] {
  return parts.map((part) => (part.kind === "text" ? part.body.toString().trim() : part.kind));
}

const FORMS: readonly Form[] = ["\r\n", "\n"].flatMap((lineEnd) =>
  (["told", "none", "zero"] as const).map((length) => ({ lineEnd, length })),
);

describe("a stream of parts", () => {
  it.each(FORMS)("is split alike wherever its chunks are cut: %j", (form) => {
    const bytes = stream(["Code=A;data={\n}", TRAP, "Events[0].X=1", JPEG, "Heartbeat"], form);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 }), (cuts) => {
        const splitter = new MixedReplaceSplitter("b");
        const found: string[] = [];
        let from = 0;
        for (const length of [...cuts, bytes.length]) {
          found.push(...texts(splitter.feed(Buffer.from(bytes.subarray(from, from + length)))));
          from += length;
        }
        expect(found).toEqual(["Code=A;data={\n}", "picture", "Events[0].X=1", "picture", "Heartbeat"]);
      }),
    );
  });

  it("takes a boundary that the header gave with its dashes", () => {
    const splitter = new MixedReplaceSplitter("--b");
    expect(texts(splitter.feed(stream(["one"], { lineEnd: "\r\n", length: "told" })))).toEqual(["one"]);
  });

  it("shows a text without a length before its boundary comes, once it may be whole", () => {
    const splitter = new MixedReplaceSplitter("b");
    splitter.feed(Buffer.from('--b\r\nContent-Type: text/plain\r\n\r\nCode=A;action=Pulse;data={"Plate'));
    expect(splitter.peek()).toBeNull();
    splitter.feed(Buffer.from('Number":"X1"}'));
    expect(splitter.peek()).toMatchObject({ kind: "text" });
  });

  it("keeps no more than a text's limit of what never ends", () => {
    const chunk = Buffer.alloc(65_536, "a");
    for (const head of [
      "--b\r\nContent-Type: text/plain\r\n\r\n",
      "--b\r\nContent-Type: image/jpeg\r\n\r\n",
      "",
      "--b\r\n",
    ]) {
      const splitter = new MixedReplaceSplitter("b");
      splitter.feed(Buffer.from(head));
      let most = 0;
      for (let mega = 0; mega < 16 * 24; mega++) {
        splitter.feed(chunk);
        most = Math.max(most, splitter.kept);
      }
      expect(most).toBeLessThanOrEqual(MAX_PART_TEXT_BYTES + chunk.length);
      const after = splitter.feed(stream(["alive"], { lineEnd: "\n", length: "told" }).subarray(0));
      const next = splitter.feed(stream(["alive"], { lineEnd: "\n", length: "told" }));
      expect([...texts(after), ...texts(next)]).toContain("alive");
    }
  });

  it.each([
    ["a text", "text/plain", MAX_PART_TEXT_BYTES + 1],
    ["a picture", "image/jpeg", MAX_PICTURE_BYTES + 1],
  ])("does not wait for the end of %s that says to be larger than any", (_what, type, length) => {
    const splitter = new MixedReplaceSplitter("b");
    const parts = splitter.feed(Buffer.from(`--b\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`));
    expect(parts).toEqual([{ kind: "too_large" }]);
    expect(texts(splitter.feed(Buffer.from("--b\r\n\r\nnext\r\n--b\r\n")))).toEqual(["next"]);
  });

  it("never throws and never grows, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 200 }),
            fc.constantFrom(...FORMS.map((form) => stream(["x", TRAP], form))),
          ),
          { maxLength: 20 },
        ),
        (chunks) => {
          const splitter = new MixedReplaceSplitter("b");
          for (const chunk of chunks) splitter.feed(Buffer.from(chunk));
          expect(splitter.kept).toBeLessThanOrEqual(MAX_PART_TEXT_BYTES);
        },
      ),
    );
  });
});
