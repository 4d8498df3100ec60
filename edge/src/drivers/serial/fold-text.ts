/** Letters whose plain form Unicode does not tell (NFKD leaves them as they are). */
const PLAIN: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  Æ: "AE",
  ø: "o",
  Ø: "O",
  ł: "l",
  Ł: "L",
  đ: "d",
  Đ: "D",
  "€": "EUR ",
  "–": "-",
  "—": "-",
  "’": "'",
  "\u00a0": " ",
  "\u202f": " ",
};

/** The text with each character that a device does not know written plainly, or as `?` where that is not possible. */
export function foldText(text: string, isKnown: (character: string) => boolean): string {
  return [...text.normalize("NFC")].map((one) => (isKnown(one) ? one : plain(one, isKnown))).join("");
}

function plain(character: string, isKnown: (character: string) => boolean): string {
  const direct = PLAIN[character];
  if (direct !== undefined) return direct;
  const base = [...character.normalize("NFKD")].filter((one) => isKnown(one)).join("");
  return base === "" ? "?" : base;
}

/** Printable ASCII, which every device knows. */
export function isAscii(character: string): boolean {
  return /^[\x20-\x7e]$/.test(character);
}
