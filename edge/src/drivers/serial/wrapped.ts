/** Rows of at most `columns` characters, broken between words where that is possible. */
export function wrapped(text: string, columns: number): readonly string[] {
  const rows: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = rows.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && longer.length <= columns) rows[rows.length - 1] = longer;
    else rows.push(...(word.match(new RegExp(`.{1,${columns}}`, "gu")) ?? []));
  }
  return rows;
}
