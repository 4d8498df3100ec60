/** Instants in these states are multiples of this, ms. */
export const TICK_MS = 500;
/** Older than any timer that is still looked at, ms. */
const AGE_CAP_MS = 3_500;

const INSTANTS = new Set([
  "since",
  "at",
  "askedAt",
  "issuedAt",
  "leftAt",
  "clearedAt",
  "quietSince",
  "sampledAt",
  "onSince",
  "offAt",
  "lastHazardAt",
  "lastMotionAt",
  "raisedAt",
]);
const LEFT_OUT = new Set([
  "seq",
  "used",
  "ticket",
  "beganAt",
  "display",
  "alarms",
  "ref",
  "remoteOpens",
  "closes",
  "idleOpen",
]);

/**
 * A state as text in which two states are the same when nothing in future can tell them apart: instants become ages up to
 * a cap, ids become their order of appearance, counters that only make ids are left out.
 */
export function canonical(state: object, now: number): string {
  const ids = new Map<string, string>();
  return JSON.stringify(state, (name: string, value: unknown) => {
    if (LEFT_OUT.has(name)) return undefined;
    if (typeof value === "number" && INSTANTS.has(name)) return Math.max(-1, Math.min(now - value, AGE_CAP_MS));
    if (typeof value !== "string" || !value.startsWith("boot:")) return value;
    const known = ids.get(value) ?? `id${ids.size}`;
    ids.set(value, known);
    return known;
  });
}

export interface Exploration<State, Action> {
  readonly start: State;
  readonly actions: readonly Action[];
  readonly apply: (state: State, action: Action) => State;
  readonly key: (state: State) => string;
  /** What is wrong with a state, null when nothing is. */
  readonly check: (after: State, before: State) => string | null;
  /** States that are expanded at most. */
  readonly maxStates: number;
}

export interface Explored {
  readonly states: number;
  readonly transitions: number;
  /** Whether every reachable state was expanded. */
  readonly complete: boolean;
  readonly breach: { readonly rule: string; readonly path: readonly unknown[] } | null;
}

interface Node<State, Action> {
  readonly state: State;
  readonly from: Node<State, Action> | null;
  readonly action: Action | null;
}

/** Walks breadth first through everything that can happen, so that a breach is found by its shortest path. */
export function explore<State, Action>(options: Exploration<State, Action>): Explored {
  const { start, actions, apply, key, check, maxStates } = options;
  const seen = new Set([key(start)]);
  let transitions = 0;
  const queue: Node<State, Action>[] = [{ state: start, from: null, action: null }];
  for (let at = 0; at < queue.length && at < maxStates; at++) {
    const node = queue[at];
    if (!node) break;
    for (const action of actions) {
      transitions++;
      const next = { state: apply(node.state, action), from: node, action };
      const rule = check(next.state, node.state);
      if (rule !== null)
        return { states: seen.size, transitions, complete: false, breach: { rule, path: pathTo(next) } };
      const name = key(next.state);
      if (seen.has(name)) continue;
      seen.add(name);
      queue.push(next);
    }
  }
  return { states: seen.size, transitions, complete: queue.length <= maxStates, breach: null };
}

function pathTo<State, Action>(node: Node<State, Action>): readonly unknown[] {
  const path: unknown[] = [];
  for (let at: Node<State, Action> | null = node; at?.from; at = at.from) path.unshift(at.action);
  return path;
}
