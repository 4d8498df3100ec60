const OPEN = new Set(["{", "["]);
const CLOSE = new Set(["}", "]"]);

/**
 * Where the JSON object or list that begins at `start` ends (index after its last bracket), or -1 when it is not whole.
 * Only brackets and strings are looked at: whether it is JSON is the parser's to say.
 */
export function jsonEnd(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index++) {
    const character = text.charAt(index);
    if (inString) {
      if (character === "\\") index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (OPEN.has(character)) depth++;
    else if (CLOSE.has(character) && --depth <= 0) return index + 1;
  }
  return -1;
}
