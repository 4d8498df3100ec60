import type { Hand, Vehicle } from "./approach-types.ts";
import type { LaneCommandAnswer, OfferedCredential } from "./lane-control.ts";
import type { Turn } from "./machine-types.ts";
import { change, emit, nextSeq } from "./turn.ts";

interface Question {
  readonly credential: OfferedCredential;
  readonly issued?: boolean;
  readonly override?: Hand;
  readonly lostTicket?: boolean;
}

/** Asks the desk, under the movement that the vehicle has already; it is `deciding` until the answer. */
export function ask(turn: Turn, vehicle: Vehicle, question: Question): void {
  const { credential, issued = false, override = null, lostTicket = false } = question;
  const ticket = nextSeq(turn);
  const plate = credential.kind === "plate" ? credential : vehicle.plate;
  const full = credential.read === null ? { ...credential, read: plate?.read ?? null } : credential;
  const known = { ...vehicle, plate };
  change(turn, {
    approach: {
      at: "deciding",
      vehicle: known,
      ticket,
      credential: full,
      issued,
      askedAt: turn.now,
      override,
      next: null,
    },
  });
  emit(turn, {
    kind: "decide",
    ticket,
    direction: turn.state.direction,
    credential: full,
    override: override?.command ?? null,
    again: vehicle.movementId,
    lostTicket,
  });
}

/** Answers a hand, if there is one. */
export function answerHand(turn: Turn, hand: Hand | null, answer: LaneCommandAnswer): void {
  if (hand) emit(turn, { kind: "answer_command", ref: hand.ref, answer });
}
