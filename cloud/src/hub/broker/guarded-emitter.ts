import mqemitter from "mqemitter";

/** Deliveries that may run inside each other before the stack is given up. */
const DEPTH_MAX = 32;

type Message = mqemitter.Message;
type Done = (error?: Error) => void;

/** What aedes' emitter does per message; mqemitter has it as an overridable method that its types leave out. */
interface Emitter extends mqemitter.MQEmitter {
  _do(message: Message, callback: Done): Emitter;
}

/**
 * The emitter that aedes delivers through. The stock one starts each queued message inside the end of the one before it,
 * so when a slow subscriber with thousands of them goes away all of these end at once, one inside the other, and the
 * stack overflows. Here a chain that gets deep goes on in a turn of its own.
 */
export function guardedEmitter(concurrency: number): mqemitter.MQEmitter {
  const emitter = mqemitter({ concurrency, matchEmptyLevels: true }) as Emitter;
  const deliver = emitter._do.bind(emitter);
  let depth = 0;
  emitter._do = (message, callback) => {
    if (depth >= DEPTH_MAX) {
      setImmediate(() => emitter._do(message, callback));
      return emitter;
    }
    depth++;
    try {
      return deliver(message, callback);
    } finally {
      depth--;
    }
  };
  return emitter;
}
