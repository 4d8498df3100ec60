export interface Figure {
  /** Without spaces, such as `decision-p99`. */
  readonly name: string;
  readonly value: number;
  /** Without spaces, such as `ms` or `events/s`. */
  readonly unit: string;
  /** This figure over its limit or peer, measured in the same run. */
  readonly ratio?: number;
  /** What is wanted, as text without spaces, such as `<=1.15`. */
  readonly goal?: string;
  /** Whether the goal is reached; true for a figure that has none. */
  readonly ok: boolean;
}

/** What a bench is given: where its figures go, and how it was asked to run. */
export interface Report {
  /** True when a quick run is wanted that only shows that everything works. */
  readonly short: boolean;
  /** Prints the figure on a line of its own and keeps it for the JSON file. */
  figure(figure: Figure): void;
  /** Tells progress on the error output, apart from the figures. */
  progress(text: string): void;
}

/** What a file `<package>/bench/<name>.ts` exports. */
export interface BenchModule {
  /** One line for the list. */
  readonly description: string;
  bench(report: Report): Promise<void>;
}

/** `name value unit ratio goal ok|short`, with `-` for what a figure doesn't have. Throws when a word has a space. */
export function figureLine({ name, value, unit, ratio, goal, ok }: Figure): string {
  const words = [
    name,
    amount(value),
    unit,
    ratio === undefined ? "-" : amount(ratio),
    goal ?? "-",
    ok ? "ok" : "short",
  ];
  const spaced = words.find((word) => !/^\S+$/.test(word));
  if (spaced !== undefined) throw new RangeError(`A figure's words have no spaces and aren't empty: "${spaced}"`);
  return words.join(" ");
}

/** Whole above 1000, else to three significant digits; never in exponent form. */
function amount(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1_000) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

export class CollectingReport implements Report {
  readonly short: boolean;
  readonly figures: Figure[] = [];
  readonly #print: (line: string) => void;

  constructor(options: { short: boolean; print: (line: string) => void }) {
    this.short = options.short;
    this.#print = options.print;
  }

  figure(figure: Figure): void {
    this.#print(figureLine(figure));
    this.figures.push(figure);
  }

  progress(text: string): void {
    process.stderr.write(`  ${text}\n`);
  }
}
