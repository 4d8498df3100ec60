const KEY = "gatehouse.token";
/** What may stand in an HTTP header and in a WebSocket subprotocol (RFC 9110, token). */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,512}$/;

/** True for text that can be a token at all; anything else is not even sent. */
export function isTokenText(text: string): boolean {
  return TOKEN.test(text);
}

/** The token of a fragment `#token=...`, or null. */
export function tokenOfFragment(fragment: string): string | null {
  const token = new URLSearchParams(fragment.replace(/^#/, "")).get("token");
  return token !== null && isTokenText(token) ? token : null;
}

/**
 * Moves a token from the address to the tab's storage and takes it out of the address at once, so that it stands in no
 * history, bookmark or screenshot. Gives the token of this tab, or null.
 */
export function takeToken(): string | null {
  const inAddress = tokenOfFragment(location.hash);
  if (location.hash.includes("token=")) history.replaceState(null, "", location.pathname + location.search);
  if (inAddress !== null) keepToken(inAddress);
  return sessionStorage.getItem(KEY);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}
