import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";

/** One line of text that a recogniser found in a picture; `box` in pixels of that picture. */
export interface TextLine {
  readonly text: string;
  /** 0 to 1. */
  readonly confidence: number;
  readonly box: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
}

export interface PlateText {
  /** As it was recognised, parts of a plate separated by a space. */
  readonly raw: string;
  /** `raw`, or what its layout says it must be: a 0 where only a letter can stand is an O. */
  readonly text: string;
  readonly confidence: number;
}

const SHORTEST = 4;
const LONGEST = 10;
/** Signs that a recogniser takes for each other, letter and digit. */
const TWINS: readonly (readonly [letter: string, digit: string])[] = [
  ["O", "0"],
  ["Q", "0"],
  ["D", "0"],
  ["I", "1"],
  ["Z", "2"],
  ["S", "5"],
  ["G", "6"],
  ["B", "8"],
];

/**
 * The plate among the lines of a lane's picture, null when none of them can be one. A plate may stand in several boxes side by
 * side, or in two rows. Of several candidates the one that fits a layout wins, then the one with the tallest letters: the
 * nearest vehicle. `layouts`: A a letter, 9 a digit, like `AA999AA`; none means that any plate may come.
 */
export function plateInText(lines: readonly TextLine[], layouts: readonly string[]): PlateText | null {
  const rows = rowsOf(lines);
  const twoRows = rows.flatMap((row, nth) => pairWith(row, rows[nth + 1]));
  const found = [...rows.flatMap((row) => [joined(row), ...row.map((line) => joined([line]))]), ...twoRows]
    .map((candidate) => judged(candidate, layouts))
    .filter((candidate) => candidate !== null);
  const [best] = found.sort((a, b) => Number(b.fits) - Number(a.fits) || b.height - a.height);
  return best ? { raw: best.raw, text: best.text, confidence: best.confidence } : null;
}

interface Candidate {
  readonly raw: string;
  readonly confidence: number;
  readonly height: number;
}

function judged(candidate: Candidate, layouts: readonly string[]): (Candidate & PlateText & { fits: boolean }) | null {
  const plate = normalisePlate(candidate.raw);
  if (plate === null || plate.length < SHORTEST || plate.length > LONGEST) return null;
  const fitting = new Set(layouts.map((layout) => fitted(plate, layout)).filter((text) => text !== null));
  const [only] = fitting;
  if (fitting.size === 1 && only !== undefined) return { ...candidate, text: only, fits: true };
  // Without a layout a plate has a digit; words on the vehicle mostly have none.
  if (layouts.length > 0 || !/\d/.test(plate)) return null;
  return { ...candidate, text: candidate.raw, fits: false };
}

/** The plate as the layout has it, null when it can't be: each sign as it is, or its twin of the other kind. */
function fitted(plate: string, layout: string): string | null {
  if (plate.length !== layout.length) return null;
  let text = "";
  for (const [at, sign] of [...plate].entries()) {
    const fitting = layout[at] === "9" ? asDigit(sign) : asLetter(sign);
    if (fitting === null) return null;
    text += fitting;
  }
  return text;
}

function asDigit(sign: string): string | null {
  if (/\d/.test(sign)) return sign;
  return TWINS.find(([letter]) => letter === sign)?.[1] ?? null;
}

function asLetter(sign: string): string | null {
  if (/\p{L}/u.test(sign)) return sign;
  return TWINS.find(([, digit]) => digit === sign)?.[0] ?? null;
}

function joined(row: readonly TextLine[]): Candidate {
  return {
    raw: row.map(({ text }) => text.trim()).join(" "),
    confidence: Math.min(...row.map(({ confidence }) => confidence)),
    height: Math.max(...row.map(heightOf)),
  };
}

/** Lines that stand side by side, from left to right; rows from top to bottom. */
function rowsOf(lines: readonly TextLine[]): TextLine[][] {
  const rows: TextLine[][] = [];
  for (const line of [...lines].sort((a, b) => a.box.left - b.box.left)) {
    const row = rows.find((one) => isBeside(one.at(-1), line));
    if (row) row.push(line);
    else rows.push([line]);
  }
  return rows.sort(([a], [b]) => (a?.box.top ?? 0) - (b?.box.top ?? 0));
}

function isBeside(left: TextLine | undefined, right: TextLine): boolean {
  if (left === undefined) return false;
  const overlap = Math.min(left.box.bottom, right.box.bottom) - Math.max(left.box.top, right.box.top);
  const height = Math.min(heightOf(left), heightOf(right));
  return overlap > height / 2 && alike(left, right) && right.box.left - left.box.right < 2 * height;
}

function pairWith(upper: readonly TextLine[], lower: readonly TextLine[] | undefined): Candidate[] {
  const [above, below] = [upper[0], lower?.[0]];
  if (!above || !below || !lower) return [];
  const gap = below.box.top - above.box.bottom;
  const overlap = Math.min(above.box.right, below.box.right) - Math.max(above.box.left, below.box.left);
  if (!alike(above, below) || gap > heightOf(below) || overlap <= 0) return [];
  return [joined([...upper, ...lower])];
}

function alike(one: TextLine, other: TextLine): boolean {
  const [small, large] = [heightOf(one), heightOf(other)].sort((a, b) => a - b);
  return small !== undefined && large !== undefined && small > large / 2;
}

function heightOf({ box }: TextLine): number {
  return box.bottom - box.top;
}
