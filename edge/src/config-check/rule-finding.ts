/** What a rule has to say of a key of the site file. */
export interface RuleFinding {
  readonly severity: "error" | "warning";
  readonly key: readonly (string | number)[];
  readonly message: string;
  readonly help: string | null;
}

/** Takes a finding: the key, what is wrong, and what to do. */
export type Tell = (key: RuleFinding["key"], message: string, help?: string) => void;
