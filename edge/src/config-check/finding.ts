/** What is wrong, or doubtful, in a configuration file. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly file: string;
  /** From 1; null when the whole file is meant. */
  readonly line: number | null;
  readonly column: number | null;
  /** Dotted path of the key; empty for the whole file. */
  readonly key: string;
  /** What is wrong. */
  readonly message: string;
  /** What belongs there, or what to do; null when the message says it all. */
  readonly help: string | null;
}

/** `lot.yaml:12:7: lanes.0.code: must be ...`, as compilers say it, so that editors find the place. */
export function findingText({ file, line, column, key, message, severity, help }: Finding): string {
  const place = [file, ...(line === null ? [] : [line]), ...(column === null ? [] : [column])].join(":");
  const doubt = severity === "warning" ? "warning: " : "";
  return `${place}: ${doubt}${key === "" ? "" : `${key}: `}${message}${help === null ? "" : `\n    ${help}`}`;
}
