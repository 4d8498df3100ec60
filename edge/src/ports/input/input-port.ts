import type { ContactName, ContactSignal } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { SampleSink } from "../sample-sink.ts";

/**
 * The normally closed contacts of one lane: photo-eye and fire alarm, and those that its `protection` names. Whatever the
 * wiring is, `closed` is the quiet state: beam whole, edge free, door shut, key not turned, outputs enabled.
 *
 * Fail-safe: a cut wire says `broken` where the hardware can tell it from `open`; both count as active (SAFE-08). Before
 * the first sample and after `lost` a contact is unknown, which forbids lowering.
 */
export interface InputPort {
  /** Reports each change and each confirmation; returns what ends it. */
  watch(sink: SampleSink<ContactName, ContactSignal>): () => void;
}
