/** Longest line that the socket takes, in bytes. */
export const MAX_LINE_BYTES = 4_096;

/**
 * Cuts a byte stream into lines. A line over the limit is reported once as too long and skipped up to its end, so that a
 * client that never sends a newline costs no memory.
 */
export function lineReader(handler: { line: (text: string) => void; tooLong: () => void }): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let skipping = false;
  return (chunk) => {
    let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a)) {
      const line = data.subarray(0, end);
      data = data.subarray(end + 1);
      if (skipping) skipping = false;
      else if (line.length > MAX_LINE_BYTES) handler.tooLong();
      else if (line.length > 0) handler.line(line.toString("utf8"));
    }
    if (data.length > MAX_LINE_BYTES) {
      if (!skipping) handler.tooLong();
      skipping = true;
    }
    rest = skipping ? Buffer.alloc(0) : Buffer.from(data);
  };
}
