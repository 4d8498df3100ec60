import { plateText } from "../../contracts/replica/values.ts";

/** What cameras say when they see a vehicle without a legible plate, after folding. */
const NO_PLATE_WORDS = new Set([
  "UNKNOWN",
  "NOPLATE",
  "NOREAD",
  "NONE",
  "NULL",
  "UNDEFINED",
  "EMPTY",
  "UNRECOGNIZED",
  "UNRECOGNISED",
  "NOTDETECTED",
  "UNLICENSED",
  "无",
  "无牌",
  "无牌车",
  "无车牌",
  "未识别",
]);

/** Marks that cameras put in the place of a character that they could not read. */
const UNREADABLE_CHARACTER = /[?*_\uFFFD]/u;

/** What is stored as it was read: most cameras send this, and folding would cost several microseconds at each step. */
const PLAIN = /^[A-Z0-9]{1,20}$/;

/** First digit of each run of ten decimal digits that plates use beside 0-9 (Arabic, Persian, Devanagari, Bengali, Thai). */
const DIGIT_ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50];

/**
 * The text by which plates are stored and compared: capitals and digits without separators, full-width forms and
 * national digits folded, letters of every script kept. Null when `raw` names no plate: nothing legible, a camera's word
 * for "none", or a text with an unreadable character, since dropping that one could make somebody else's plate.
 * Keep `raw` beside it for evidence.
 */
export function normalisePlate(raw: string): string | null {
  if (PLAIN.test(raw)) return NO_PLATE_WORDS.has(raw) ? null : raw;
  if (raw.length > MAX_RAW_LENGTH || UNREADABLE_CHARACTER.test(raw)) return null;
  const folded = raw
    .normalize("NFKC")
    .toUpperCase()
    .replace(/\p{Nd}/gu, asciiDigit)
    .replace(/[^\p{L}\p{N}\p{M}]/gu, "")
    .normalize("NFC");
  if (raw.trim().toUpperCase() === "N/A" || NO_PLATE_WORDS.has(folded)) return null;
  return plateText.safeParse(folded).success ? folded : null;
}

const MAX_RAW_LENGTH = 64;

function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  const zero = DIGIT_ZEROS.find((start) => point >= start && point < start + 10);
  return zero === undefined ? digit : String(point - zero);
}

/** Characters that cameras take for one another; the first of each class stands for all of it. */
const CONFUSABLE_CLASSES = [
  "0OQDОΟ",
  "1ILІΙ",
  "8BВΒ",
  "5SЅ",
  "2ZΖ",
  "6G",
  "7TТΤ",
  "UV",
  // Letters that look the same in Latin, Cyrillic and Greek.
  "AАΑ",
  "EЕΕ",
  "KКΚ",
  "MМΜ",
  "HНΗ",
  "PРΡ",
  "CС",
  "YУΥ",
  "XХΧ",
  "NΝ",
];

const CLASS_OF = new Map(CONFUSABLE_CLASSES.flatMap((members) => [...members].map((one) => [one, members.charAt(0)])));

/** Equal for plates that a camera may take for one another. Index it to find those that resemble a read. */
export function confusableKey(normalised: string): string {
  let key = "";
  for (const character of normalised) key += CLASS_OF.get(character) ?? character;
  return key;
}
