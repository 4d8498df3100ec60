/** A packet's length field has at most four bytes of seven bits each (MQTT 3.1.1, 2.2.3). */
const LENGTH_BYTES_MAX = 4;

/**
 * Follows the frames of an MQTT byte stream by their length fields alone, so that an oversized packet is refused when it
 * is announced and not after it was gathered in memory. Byte counts include the fixed header.
 */
export class FrameMeter {
  readonly #maxBytes: number;
  /** Bytes of the present packet's body that are still to come. */
  #bodyLeft = 0;
  /** Bytes of the length field read so far; -1 before the packet's first byte. */
  #lengthBytes = -1;
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next bytes; false as soon as a packet is longer than the limit or its length field is malformed. */
  take(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; ) {
      if (this.#bodyLeft > 0) {
        const step = Math.min(this.#bodyLeft, bytes.length - at);
        this.#bodyLeft -= step;
        at += step;
      } else if (!this.#takeHeaderByte(bytes[at++] ?? 0)) return false;
    }
    return true;
  }

  #takeHeaderByte(byte: number): boolean {
    if (this.#lengthBytes === -1) {
      this.#lengthBytes = 0;
      this.#length = 0;
      return true;
    }
    this.#length += (byte & 0x7f) * 128 ** this.#lengthBytes++;
    if (this.#length > this.#maxBytes) return false;
    if ((byte & 0x80) !== 0) return this.#lengthBytes < LENGTH_BYTES_MAX;
    this.#bodyLeft = this.#length;
    this.#lengthBytes = -1;
    return true;
  }
}
