/** One deliberate fault: in `file`, the one place that reads `find` reads `replace` instead. */
export interface Mutant {
  /** Short and unique; printed with the test that caught it. */
  readonly id: string;
  /** The rule of docs/rules.md that the fault breaks. */
  readonly rule: string;
  /** Path from the package's `src`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}
