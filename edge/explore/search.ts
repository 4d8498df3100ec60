import { StateSet } from "./state-set.ts";

/** A model: a start, what can happen, what then is the case, and what must hold. */
export interface Model<State> {
  readonly name: string;
  readonly start: State;
  readonly actions: readonly string[];
  readonly apply: (state: State, action: string) => State;
  /** Text that is equal for states which nothing in future can tell apart. */
  readonly key: (state: State) => string;
  /** The rule that a step breaks, null when none. */
  readonly check: (after: State, before: State, action: string) => string | null;
  /** The rule that a state breaks by what follows from it in a quiet lane; the text names states that were found good. */
  readonly settles: (state: State, known: StateSet) => string | null;
  /** What of the declared coverage a state and the step to it show. */
  readonly marks: (after: State) => Iterable<string>;
}

export interface Breach {
  readonly rule: string;
  /** Shortest way from the start; `apply` along it leads there again. */
  readonly trace: readonly string[];
}

export interface Found {
  readonly model: string;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seen: ReadonlySet<string>;
  /** Whether every reachable state was expanded; false when the bound was hit. */
  readonly complete: boolean;
  readonly breach: Breach | null;
}

/** Numbers that grow with the search, four bytes each. */
class Growing {
  #numbers = new Int32Array(1 << 16);
  #length = 0;

  push(one: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Int32Array(this.#numbers.length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length++] = one;
  }

  at(index: number): number {
    return this.#numbers[index] ?? -1;
  }
}

interface Search<State> {
  readonly model: Model<State>;
  readonly known: StateSet;
  readonly settled: StateSet;
  /** For each state the one it was reached from, and by which action. */
  readonly parents: Growing;
  readonly actions: Growing;
  readonly seen: Set<string>;
  transitions: number;
}

interface Node<State> {
  readonly state: State;
  readonly index: number;
}

/** Walks breadth first through everything that can happen, so that a breach is found by its shortest way. */
export function explore<State>(model: Model<State>, { maxStates }: { readonly maxStates: number }): Found {
  const search: Search<State> = {
    model,
    known: new StateSet(),
    settled: new StateSet(),
    parents: new Growing(),
    actions: new Growing(),
    seen: new Set(),
    transitions: 0,
  };
  search.known.add(model.key(model.start));
  search.parents.push(-1);
  search.actions.push(-1);
  let depth = 0;
  let layer: readonly Node<State>[] = [{ state: model.start, index: 0 }];
  for (; layer.length > 0; depth++) {
    const next: Node<State>[] = [];
    for (const node of layer) {
      const breach = expand(search, node, next);
      if (breach !== null) return found(search, { depth, complete: false, breach });
      if (search.known.size > maxStates) return found(search, { depth, complete: false, breach: null });
    }
    layer = next;
  }
  return found(search, { depth, complete: true, breach: null });
}

function expand<State>(search: Search<State>, node: Node<State>, next: Node<State>[]): Breach | null {
  const { model, known } = search;
  for (const [at, action] of model.actions.entries()) {
    search.transitions++;
    const state = model.apply(node.state, action);
    for (const mark of model.marks(state)) search.seen.add(mark);
    const rule = model.check(state, node.state, action);
    if (rule !== null) return { rule, trace: [...traceTo(search, node.index), action] };
    if (!known.add(model.key(state))) continue;
    const index = known.size - 1;
    search.parents.push(node.index);
    search.actions.push(at);
    next.push({ state, index });
    const unsettled = model.settles(state, search.settled);
    if (unsettled !== null) return { rule: unsettled, trace: traceTo(search, index) };
  }
  return null;
}

function traceTo<State>({ model, parents, actions }: Search<State>, index: number): readonly string[] {
  const trace: string[] = [];
  for (let at = index; at > 0; at = parents.at(at)) trace.unshift(model.actions[actions.at(at)] ?? "?");
  return trace;
}

function found<State>(search: Search<State>, end: Pick<Found, "depth" | "complete" | "breach">): Found {
  const { model, known, transitions, seen } = search;
  return { model: model.name, states: known.size, transitions, seen, ...end };
}
