import { Readable } from "node:stream";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { CameraMessage, ParseFailure } from "./camera-read.ts";

const MAX_PARTS = 16;
const MAX_TEXT_BYTES = 262_144;

/** A text-like part of a multipart message; pictures are passed over. */
export interface TextPart {
  readonly name: string;
  readonly fileName: string | null;
  readonly text: string;
}

/** The text parts of a multipart/form-data message, in order. Pictures are read past and never decoded here. */
export function readTextParts({
  contentType,
  body,
}: CameraMessage): Promise<Result<readonly TextPart[], ParseFailure>> {
  return new Promise((resolve) => {
    const fail = (code: ParseFailure["code"], message: string): void => resolve(err({ code, message }));
    const cutOff = (): void => fail("not_multipart", "The multipart body is cut off or its boundary does not match.");
    let form: BusboyInstance;
    try {
      form = new Busboy({
        headers: { "content-type": contentType },
        limits: { parts: MAX_PARTS, fieldSize: MAX_TEXT_BYTES, fields: MAX_PARTS, files: MAX_PARTS },
      });
    } catch {
      return fail("not_multipart", "The Content-Type header is not multipart/form-data with a boundary.");
    }
    const parts: TextPart[] = [];
    form.on("field", (name, text) => parts.push({ name, fileName: null, text }));
    form.on("file", (name, stream, fileName, _encoding, mimeType) => {
      stream.on("error", cutOff);
      if (!isText(fileName, mimeType)) return void stream.resume();
      const chunks: Buffer[] = [];
      let bytes = 0;
      stream.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAX_TEXT_BYTES) chunks.push(chunk);
      });
      stream.on("end", () => {
        if (bytes > MAX_TEXT_BYTES) fail("too_large", `The part ${name} is larger than ${MAX_TEXT_BYTES} bytes.`);
        else parts.push({ name, fileName, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    form.on("error", cutOff);
    form.on("finish", () => resolve(ok(parts)));
    Readable.from([Buffer.from(body)]).pipe(form);
  });
}

function isText(fileName: string | undefined, mimeType: string): boolean {
  return /xml|json|text/i.test(mimeType) || /\.(xml|json|txt)$/i.test(fileName ?? "");
}
