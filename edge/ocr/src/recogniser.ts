import Ocr from "@gutenye/ocr-node";
import sharp from "sharp";
import type { Crop, FoundText } from "./messages.ts";

/* opencv.js throws every uncaught error again from its one line of ten million characters, which Node then prints. */
for (const event of ["uncaughtException", "unhandledRejection"]) process.removeAllListeners(event);

/** Pictures over this many pixels are refused: a full HD frame has 2 million. */
const MAX_PIXELS = 16_000_000;
/** Wider parts are made smaller: it costs time and brings nothing, as a plate then still has letters of 30 pixels. */
const MAX_WIDTH = 960;

export interface Recogniser {
  /** The lines of text in a picture, or in a part of it. Rejects when it is no picture. */
  read(jpeg: Uint8Array, crop: Crop | null): Promise<readonly FoundText[]>;
}

/** Loads detection and recognition models (PP-OCRv4 in ONNX); takes a third of a second. */
export async function createRecogniser(): Promise<Recogniser> {
  const ocr = await Ocr.create();
  return {
    async read(jpeg, crop) {
      const lines = await ocr.detect(await part(jpeg, crop));
      return lines.flatMap(({ text, mean, box }) => {
        if (!box || text.trim() === "") return [];
        const [xs, ys] = [box.map(([x]) => x ?? 0), box.map(([, y]) => y ?? 0)];
        const bounds = { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
        return [{ text, confidence: Math.min(1, Math.max(0, mean)), box: bounds }];
      });
    },
  };
}

/** The part to look at, as a picture without loss. ocr-node hands its argument to sharp, which takes bytes as well. */
async function part(jpeg: Uint8Array, crop: Crop | null): Promise<Buffer> {
  const picture = sharp(jpeg, { limitInputPixels: MAX_PIXELS, failOn: "error" });
  const { width = 0, height = 0 } = await picture.metadata();
  const area = crop && {
    left: Math.round(crop.left * width),
    top: Math.round(crop.top * height),
    width: Math.max(1, Math.round(crop.width * width)),
    height: Math.max(1, Math.round(crop.height * height)),
  };
  const cut = area ? picture.extract(area) : picture;
  return cut.resize({ width: MAX_WIDTH, withoutEnlargement: true }).png({ compressionLevel: 1 }).toBuffer();
}
