import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { SerialLine } from "../pty.ts";

/** Why this machine can't play serial lines, or null when it can: a container may give no pseudo-terminals. */
export function serialLinesMissing(): string | null {
  try {
    new SerialLine(() => {}).close();
    return null;
  } catch (error) {
    return `no pseudo-terminals here: ${errorMessage(error)}`;
  }
}
