import { globSync, readFileSync } from "node:fs";

/** Ticks of /proc times a second; fixed by Linux for all its programs (proc(5), sysconf(_SC_CLK_TCK)). */
const TICK_MS = 10;

/** Processor time of a process with all its children, living and ended, ms (proc(5): fields 4 and 14 to 17 of stat). */
export function processorTimeMs(pid: number): number {
  const all = new Map(
    globSync("/proc/[0-9]*/stat").flatMap((path) => {
      const stat = statOf(path);
      return stat ? [[stat.pid, stat]] : [];
    }),
  );
  const own = all.get(pid);
  if (!own) return 0;
  const children = [...all.values()].filter(({ parent }) => parent === pid);
  return own.ownMs + own.endedChildrenMs + children.reduce((sum, child) => sum + child.ownMs, 0);
}

function statOf(path: string) {
  try {
    const text = readFileSync(path, "utf8");
    // The name of a program, in brackets, may hold spaces.
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [parent, user, system, endedUser, endedSystem] = [fields[1], fields[11], fields[12], fields[13], fields[14]];
    const ms = (one = 0, other = 0): number => (one + other) * TICK_MS;
    return {
      pid: Number.parseInt(text, 10),
      parent,
      ownMs: ms(user, system),
      endedChildrenMs: ms(endedUser, endedSystem),
    };
  } catch {
    // It ended while we looked.
    return null;
  }
}
