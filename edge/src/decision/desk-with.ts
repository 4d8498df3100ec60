import type { DecisionDesk } from "./decision-desk.ts";

/** A desk that does as `desk` does, but for what is given; the desk may be any object, so nothing is copied from it. */
export function deskWith(desk: DecisionDesk, changed: Partial<DecisionDesk>): DecisionDesk {
  return {
    decide: (request) => desk.decide(request),
    paid: (payment) => desk.paid(payment),
    finish: (end) => desk.finish(end),
    undecidedPassage: (passage) => desk.undecidedPassage(passage),
    newTicketCode: (laneId) => desk.newTicketCode(laneId),
    explain: (query) => desk.explain(query),
    ...changed,
  };
}
