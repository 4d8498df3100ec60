import type { Hand } from "./approach-types.ts";
import type { LaneCommandAnswer } from "./lane-control.ts";
import type { Turn } from "./machine-types.ts";
import { emit } from "./turn.ts";

/** A command with the reference that its answer goes to. */
export type Asked = Hand;

export type Refusal = Extract<LaneCommandAnswer, { ok: false }>["refusal"];

/** Answers a hand that was obeyed without the desk, and has it recorded. */
export function done(turn: Turn, asked: Asked, message: string): void {
  emit(turn, { kind: "hand", command: asked.command });
  yes(turn, asked, message);
}

/** Answers a command that is as good as done. */
export function yes(turn: Turn, { ref }: Asked, message: string): void {
  emit(turn, { kind: "answer_command", ref, answer: { ok: true, message } });
}

/** Refuses a command, with a sentence that says what to do. */
export function no(turn: Turn, { ref }: Asked, refusal: Refusal, message: string): void {
  emit(turn, { kind: "answer_command", ref, answer: { ok: false, refusal, message } });
}
