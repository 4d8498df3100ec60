import { Readable } from "node:stream";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { CameraMessage, ParseFailure } from "../../ports/camera/camera-read.ts";

const MAX_PARTS = 16;
const MAX_TEXT_BYTES = 262_144;
const MAX_HEADERS_A_PART = 16;
const MAX_NAME_BYTES = 256;

/** A text-like part of a multipart message. */
export interface TextPart {
  readonly name: string;
  readonly fileName: string | null;
  readonly text: string;
}

export interface Parts {
  readonly texts: readonly TextPart[];
  /** File names of the pictures, which are read past and never decoded here. */
  readonly pictures: readonly string[];
}

/** The parts of a multipart/form-data message, in order. */
export function readParts({ contentType, body }: CameraMessage): Promise<Result<Parts, ParseFailure>> {
  return new Promise((resolve) => {
    const fail = (code: ParseFailure["code"], message: string): void => resolve(err({ code, message }));
    const cutOff = (): void => fail("not_multipart", "The multipart body is cut off or its boundary does not match.");
    let form: BusboyInstance;
    try {
      form = new Busboy({
        headers: { "content-type": contentType },
        limits: {
          parts: MAX_PARTS,
          fieldSize: MAX_TEXT_BYTES,
          fields: MAX_PARTS,
          files: MAX_PARTS,
          headerPairs: MAX_HEADERS_A_PART,
          fieldNameSize: MAX_NAME_BYTES,
        },
      });
    } catch {
      return fail("not_multipart", "The Content-Type header is not multipart/form-data with a boundary.");
    }
    const texts: TextPart[] = [];
    const pictures: string[] = [];
    form.on("field", (name, text) => texts.push({ name, fileName: null, text }));
    form.on("file", (name, stream, fileName, _encoding, mimeType) => {
      stream.on("error", cutOff);
      if (!isText(fileName, mimeType)) {
        pictures.push(fileName ?? name);
        return void stream.resume();
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      stream.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAX_TEXT_BYTES) chunks.push(chunk);
      });
      stream.on("end", () => {
        if (bytes > MAX_TEXT_BYTES) fail("too_large", `The part ${name} is larger than ${MAX_TEXT_BYTES} bytes.`);
        else texts.push({ name, fileName, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    form.on("error", cutOff);
    form.on("finish", () => resolve(ok({ texts, pictures })));
    Readable.from([Buffer.from(body)]).pipe(form);
  });
}

function isText(fileName: string | undefined, mimeType: string): boolean {
  return /xml|json|text/i.test(mimeType) || /\.(xml|json|txt)$/i.test(fileName ?? "");
}
