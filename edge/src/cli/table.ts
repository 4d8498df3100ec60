/** Rows as aligned columns with a heading; the last column is not padded. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(width(heading), ...rows.map((row) => width(row[column] ?? ""))),
  );
  const lines = [headings, ...rows].map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return lines.join("\n");
}

/** The cell with blanks to so many columns of a terminal; a longer one stays as it is. */
export function pad(cell: string, columns: number): string {
  return cell + " ".repeat(Math.max(0, columns - width(cell)));
}

const segments = new Intl.Segmenter();
/** SGR sequences (ECMA-48) take no room. */
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");

/** Columns that a text takes in a terminal: wide East Asian characters take two, colours none. */
export function width(text: string): number {
  let columns = 0;
  for (const { segment } of segments.segment(text.replace(COLOUR, ""))) columns += segmentWidth(segment);
  return columns;
}

/** The beginning of a text that fits; a colour that was begun is ended. */
export function clip(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let out = "";
  let used = 0;
  let rest = text;
  while (rest !== "") {
    const colour = new RegExp(`^(?:${COLOUR.source})+`).exec(rest)?.[0] ?? "";
    rest = rest.slice(colour.length);
    const [first] = segments.segment(rest);
    out += colour;
    if (!first || used + segmentWidth(first.segment) > columns - 1) break;
    out += first.segment;
    used += segmentWidth(first.segment);
    rest = rest.slice(first.segment.length);
  }
  return `${out}…${out.includes(String.fromCharCode(27)) ? `${String.fromCharCode(27)}[0m` : ""}`;
}

function segmentWidth(segment: string): number {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\uffe0-\uffe6]/.test(segment) ? 2 : 1;
}
