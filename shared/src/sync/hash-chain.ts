import { createHash } from "node:crypto";

/** H(0): before the first event of an epoch, and the checksum of nothing. */
export const ZERO_HASH = "0".repeat(64);

/** H(n) = SHA-256(H(n-1) || line), as lower-case hex; the line's exact UTF-8 bytes count, without its line feed. */
export function chainHash(previousHex: string, line: string): string {
  return createHash("sha256").update(previousHex, "hex").update(line, "utf8").digest("hex");
}

/** H after each of `lines`, starting from H before the first of them. */
export function chainHashes(previousHex: string, lines: readonly string[]): string[] {
  let hash = previousHex;
  return lines.map((line) => {
    hash = chainHash(hash, line);
    return hash;
  });
}
