import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import opentype from "opentype.js";

type Font = ReturnType<typeof opentype.parse>;

/** Typefaces near those of real plates, by style: DIN-like, highway gothic, condensed grotesque, monospaced. */
export const PLATE_FONTS = [
  "barlow-condensed-500",
  "overpass-500",
  "roboto-condensed-500",
  "share-tech-mono-400",
] as const;

export type PlateFont = (typeof PLATE_FONTS)[number];

const loaded = new Map<PlateFont, Font>();

const LETTER_SPACING = 0.04;

/** A plate's text from (0, 0) on as the outline of its letters, so that no font need be installed, and how wide it is. */
export function letters(
  text: string,
  font: PlateFont,
  size: number,
): { readonly path: string; readonly width: number } {
  const face = fontOf(font);
  let width = 0;
  const paths: string[] = [];
  for (const sign of text) {
    const glyph = face.charToGlyph(sign);
    paths.push(...glyph.getPath(width, 0, size).commands.map(pathCommand));
    width += (glyph.advanceWidth / face.unitsPerEm + LETTER_SPACING) * size;
  }
  return { path: paths.join(" "), width };
}

/** One command of an outline as SVG writes it. */
function pathCommand(command: Readonly<Record<string, string | number>>): string {
  const numbers = ["x1", "y1", "x2", "y2", "x", "y"].flatMap((name) => command[name] ?? []);
  return `${command.type}${numbers.map((number) => Number(number).toFixed(2)).join(" ")}`;
}

function fontOf(name: PlateFont): Font {
  const known = loaded.get(name);
  if (known) return known;
  const [, family = "", weight = ""] = /^(.*)-(\d+)$/.exec(name) ?? [];
  const file = createRequire(import.meta.url).resolve(
    `@fontsource/${family}/files/${family}-latin-${weight}-normal.woff`,
  );
  const bytes = readFileSync(file);
  const font = opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
  loaded.set(name, font);
  return font;
}
