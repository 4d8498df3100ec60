import type { TokenVerdict } from "../live/operations-link.ts";

const TIMEOUT_MS = 8_000;

/** Asks the cloud for the smallest thing that a live page may see, only to learn whether the token is good. Never rejects. */
export async function checkToken(token: string): Promise<TokenVerdict> {
  try {
    const { status } = await fetch("/api/v1/parking-lots?limit=1", {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (status === 401) return "wrong_token";
    if (status === 403) return "not_allowed";
    return status < 500 ? "good" : "unreachable";
  } catch {
    return "unreachable";
  }
}
