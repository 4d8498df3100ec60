import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { GuardEvent, GuardState } from "./guard-state.ts";
import type { InputName } from "./inputs.ts";
import {
  confirmed,
  contactToSignal,
  loopToSignal,
  type SensedInput,
  type Signal,
  sampled,
  unknownInput,
} from "./sensed.ts";

type Inputs = GuardState["inputs"];

/** The inputs after an event; the same object when the event is not about inputs. */
export function applyInput(inputs: Inputs, event: GuardEvent, at: { now: MonoMs; freshMs: number }): Inputs {
  const take = (name: InputName, signal: Signal): Inputs => ({
    ...inputs,
    [name]: sampled(inputs[name], signal, at.now, at.freshMs),
  });
  switch (event.kind) {
    case "loop":
      return take(event.name, loopToSignal(event.signal));
    case "contact":
      return take(event.name, contactToSignal(event.signal));
    case "limit":
      return take(`limit_${event.name}`, event.active ? "active" : "quiet");
    case "holds":
      return each(inputs, event.inputs, (input) => confirmed(input, at.now, at.freshMs));
    case "lost":
      return each(inputs, event.inputs, () => unknownInput(at.now));
    default:
      return inputs;
  }
}

function each(inputs: Inputs, names: readonly InputName[], change: (input: SensedInput) => SensedInput): Inputs {
  const next = { ...inputs };
  for (const name of names) next[name] = change(next[name]);
  return next;
}
