/** Largest picture that is passed on, bytes; a full HD picture of a lane is a quarter of it. */
export const MAX_FRAME_BYTES = 2_097_152;

const MARKER = 0xff;
const START_OF_IMAGE = 0xd8;
const END_OF_IMAGE = 0xd9;

/**
 * Cuts a stream of JPEG pictures, one after the other, into pictures. ISO/IEC 10918-1, B.1.1.2: within a picture's data
 * FF is followed by 00, so FF D9 is its end. What lies between pictures is dropped, and so is a picture over the limit.
 */
export function jpegFrames(onFrame: (jpeg: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      const start = markerAt(data, START_OF_IMAGE, 0);
      if (start < 0) {
        data = data.at(-1) === MARKER ? data.subarray(-1) : Buffer.alloc(0);
        break;
      }
      const end = markerAt(data, END_OF_IMAGE, start + 2);
      if (end < 0) {
        data = data.length - start > MAX_FRAME_BYTES ? Buffer.alloc(0) : data.subarray(start);
        break;
      }
      if (end + 2 - start <= MAX_FRAME_BYTES) onFrame(Buffer.from(data.subarray(start, end + 2)));
      data = data.subarray(end + 2);
    }
    held = Buffer.from(data);
  };
}

function markerAt(data: Buffer, code: number, from: number): number {
  return data.indexOf(Buffer.of(MARKER, code), from);
}
