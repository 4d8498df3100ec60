import type { Random } from "@gatehouse/shared/kit/random.ts";

/** A grey JPEG of one pixel. */
const ONE_PIXEL = Buffer.from(
  "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////" +
    "wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z",
  "base64",
);
const START_OF_IMAGE_BYTES = 2;
/** ITU-T T.81, B.2.4.5: a comment segment's length field counts itself and is 16 bits wide. */
const COMMENT_MAX_BYTES = 65_533;

/** A decodable JPEG of roughly `sizeBytes`, weighted with a comment segment so that transfers cost what real ones do. */
export function samplePicture(random: Random, sizeBytes: number): Buffer {
  const comment = Buffer.from(random.bytes(Math.min(COMMENT_MAX_BYTES, Math.max(0, sizeBytes - ONE_PIXEL.length))));
  const segment = Buffer.alloc(4);
  segment.writeUInt16BE(0xfffe, 0);
  segment.writeUInt16BE(comment.length + 2, 2);
  return Buffer.concat([
    ONE_PIXEL.subarray(0, START_OF_IMAGE_BYTES),
    segment,
    comment,
    ONE_PIXEL.subarray(START_OF_IMAGE_BYTES),
  ]);
}
