/** One deliberate fault: in `file`, the one place that reads `find` reads `replace` instead. */
export interface PlantedFault {
  /** Short and unique. */
  readonly id: string;
  /** The rule of docs/rules.md that the fault breaks. */
  readonly rule: string;
  /** Path from the root of the tree. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Makes faults of one file, by rule, name, text and what stands there instead. */
export function faultsOf(file: string) {
  return (rule: string, id: string, find: string, replace: string): PlantedFault => ({ id, rule, file, find, replace });
}

/** Makes a fault in the text of its file. Throws when its place is not there exactly once. */
export function withFault(text: string, { id, file, find, replace }: PlantedFault): string {
  const places = text.split(find).length - 1;
  if (places !== 1) throw new Error(`The fault ${id} does not apply any more: its text is in ${file} ${places} times.`);
  return text.replace(find, () => replace);
}
