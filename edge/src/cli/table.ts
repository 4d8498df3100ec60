/** Rows as aligned columns with a heading; the last column is not padded. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(width(heading), ...rows.map((row) => width(row[column] ?? ""))),
  );
  const lines = [headings, ...rows].map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join("  "),
  );
  return lines.join("\n");
}

function pad(cell: string, columns: number): string {
  return cell + " ".repeat(Math.max(0, columns - width(cell)));
}

const segments = new Intl.Segmenter();

/** Columns that a text takes in a terminal: wide East Asian characters take two. */
function width(text: string): number {
  let columns = 0;
  for (const { segment } of segments.segment(text)) {
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\uffe0-\uffe6]/.test(segment) ? 2 : 1;
  }
  return columns;
}
