/*
 * A state as text in which two states are the same when nothing in future can tell them apart:
 *
 *  - an instant becomes its age, up to the longest time that anything compares it with; beyond that it is just "old";
 *  - an id becomes its order of appearance, since ids are only ever compared for equality;
 *  - counters that make ids, texts for people, and times that are only recorded are left out.
 */

export interface Canon {
  /** Fields that hold an instant, and the age in ms from which on they are all alike. */
  readonly instants: Readonly<Record<string, number>>;
  /** An age in ms that only a jump of time reaches: what is older is told from all the rest. */
  readonly far?: number;
  /** Fields that hold an id or a list of ids. */
  readonly ids: ReadonlySet<string>;
  readonly leftOut: ReadonlySet<string>;
}

/** The canonical text of a state at `now`. */
export function canonical(state: object, now: number, canon: Canon): string {
  const names = new Map<unknown, number>();
  const nameOf = (id: unknown): string => {
    const known = names.get(id) ?? names.size;
    names.set(id, known);
    return `#${known}`;
  };
  const write = (field: string, value: unknown): string => {
    switch (typeof value) {
      case "number": {
        const cap = canon.instants[field];
        if (cap !== undefined) return ageOf(now - value, cap, canon.far);
        return canon.ids.has(field) ? nameOf(value) : String(value);
      }
      case "string":
        return canon.ids.has(field) ? nameOf(value) : value;
      case "object":
        return value === null ? "-" : writeObject(field, value);
      default:
        return String(value);
    }
  };
  const writeObject = (field: string, value: object): string => {
    if (Array.isArray(value)) return `[${value.map((one) => write(field, one)).join(",")}]`;
    let text = "{";
    for (const name in value) {
      if (!canon.leftOut.has(name)) text += `${write(name, value[name as keyof typeof value])};`;
    }
    return `${text}}`;
  };
  return write("", state);
}

function ageOf(age: number, cap: number, far: number | undefined): string {
  return far !== undefined && age >= far ? "far" : String(Math.min(age, cap));
}
