/** Colours by what they mean; each text stays clear without its colour. */
export interface Paint {
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
  strong(text: string): string;
  /** The chosen one of a list. */
  chosen(text: string): string;
}

/** SGR parameters (ECMA-48 8.3.117). */
const GREEN = 32;
const YELLOW = 33;
const RED = 31;
const DIM = 2;
const BOLD = 1;
const REVERSE = 7;

/** Plain text where colour is not wanted. */
export function paint(hasColour: boolean): Paint {
  const by = (code: number) => (text: string) => (hasColour ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { good: by(GREEN), warn: by(YELLOW), bad: by(RED), dim: by(DIM), strong: by(BOLD), chosen: by(REVERSE) };
}
