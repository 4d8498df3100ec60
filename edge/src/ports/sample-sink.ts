/**
 * Where an input port puts what it samples. The receiver stamps each call with its own monotonic clock; a driver that has
 * no word from its hardware stays silent, and silence becomes a hazard by itself (SAFE-03).
 */
export interface SampleSink<Name extends string | number, Signal> {
  /** One fresh sample of one input. */
  sample(name: Name, signal: Signal): void;
  /** Every input that was sampled before has just been sampled again, unchanged. */
  holds(): void;
  /** The hardware is gone: nothing that was said before holds any more. */
  lost(): void;
}
