import { createHash, timingSafeEqual } from "node:crypto";
import type { PushedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";

/** What a request shows of who sends it. */
export interface ShownProof {
  readonly authorization: string | undefined;
  /** First part of the address after the camera's name. */
  readonly pathSecret: string | undefined;
  /** The peer's address; null when it is not known. */
  readonly address: string | null;
}

/** Whether a request comes from the camera in whose name it is sent. Secrets are compared in constant time. */
export function isProven({ id, trust, secret, addresses }: PushedCamera, shown: ShownProof): boolean {
  if (addresses.length > 0 && !addresses.includes(plainAddress(shown.address))) return false;
  switch (trust) {
    case "address":
      return addresses.length > 0;
    case "path":
      return secret !== undefined && isSame(shown.pathSecret ?? "", secret);
    case "basic":
      return secret !== undefined && isSame(shown.authorization ?? "", basicHeader(id, secret));
  }
}

/** The header of HTTP Basic authentication (RFC 7617). */
function basicHeader(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Without the prefix that a socket for both families puts before IPv4 (RFC 4291, 2.5.5.2). */
export function plainAddress(address: string | null): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
}

function isSame(shown: string, expected: string): boolean {
  return timingSafeEqual(digest(shown), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
