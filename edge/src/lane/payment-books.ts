import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { DecisionDesk, LaneDecision, PaymentTaken } from "../decision/decision-desk.ts";
import { deskWith } from "../decision/desk-with.ts";
import type { AskedPayment } from "../peripherals/lane-payments.ts";
import type { Journal } from "../store/journal.ts";
import type { AskedPayments } from "./asked-payments.ts";
import type { DebtLedger } from "./debt-ledger.ts";
import type { LaneLog } from "./lane-log.ts";
import type { LaneReport, ReportLane } from "./lane-report.ts";

export interface PaymentBooksOptions {
  readonly journal: Journal;
  readonly report: ReportLane;
  readonly ledger: Pick<DebtLedger, "tellAgain" | "book">;
  readonly log: LaneLog;
}

/**
 * The desk, but that it crosses an asked payment off once its money is in the books. A payment that it will never take is
 * crossed off too, and `refused` tells people of it.
 */
export function crossingOff(
  desk: DecisionDesk,
  asked: AskedPayments,
  refused: (payment: PaymentTaken, why: string) => void,
): DecisionDesk {
  const paid = async (payment: PaymentTaken): Promise<LaneDecision> => {
    try {
      const made = await desk.paid(payment);
      asked.booked(payment.reference);
      return made;
    } catch (error) {
      if (errorCode(error) !== "store_failed") {
        refused(payment, errorMessage(error));
        asked.booked(payment.reference);
      }
      throw error;
    }
  };
  return deskWith(desk, { paid });
}

/** What happens to money of which the lane itself hears nothing more. */
export class PaymentBooks {
  readonly #options: PaymentBooksOptions;

  constructor(options: PaymentBooksOptions) {
    this.#options = options;
  }

  /** Money that a terminal took in an earlier run: booked when the store takes it, on the stay that it was paid for. */
  book(payment: PaymentTaken): void {
    const { laneId, reference, amount, sessionId } = payment;
    this.#note("payment.recovered", payment.laneId, { reference, sessionId, amountMinor: amount.amountMinor });
    this.#options.log.warn({ laneId, reference }, "A payment of the run before was approved; it is booked now");
    this.#options.ledger.tellAgain({ kind: "paid", payment });
    void this.#options.ledger.book();
  }

  /** Nobody knows whether it was paid. */
  unclear({ requestId, laneId, sessionId, movementId, amount, askedAt }: AskedPayment, why: string): void {
    const asked = new Date(askedAt).toISOString();
    this.#note("payment.unclear", laneId, { requestId, sessionId, movementId, amountMinor: amount.amountMinor, why });
    this.#alarm({
      code: "payment_unclear",
      lane_id: laneId,
      detail: `${sum(amount)} were asked for at ${asked} for stay ${sessionId}, and nobody knows whether they were paid: ${why} Look at the terminal's journal, and book or pay back by hand.`,
    });
  }

  /** The desk says no for good. */
  refused({ laneId, sessionId, amount, reference }: PaymentTaken, why: string): void {
    this.#note("payment.refused", laneId, { reference, sessionId, amountMinor: amount.amountMinor, why });
    this.#alarm({
      code: "payment_unbooked",
      lane_id: laneId,
      detail: `${sum(amount)} were paid for stay ${sessionId} (${reference}) and can't be booked: ${why} Pay them back or book them by hand.`,
    });
  }

  #alarm(alarm: Omit<Extract<LaneReport, { type: "alarm.raised" }>, "type">): void {
    const { log, ledger } = this.#options;
    log.error({ laneId: alarm.lane_id, alarm: alarm.code }, alarm.detail);
    ledger.tellAgain({
      kind: "report",
      report: { type: "alarm.raised", ...alarm, detail: alarm.detail.slice(0, MAX_DETAIL) },
    });
    void ledger.book();
  }

  #note(kind: string, laneId: string, data: Readonly<Record<string, string | number>>): void {
    const { journal, log } = this.#options;
    try {
      journal.note({ laneId, kind, data });
    } catch (error) {
      log.warn({ kind, message: errorMessage(error) }, "The journal did not take an entry");
    }
  }
}

/** Characters of an alarm's detail that the cloud takes (contracts/mqtt/events.ts); the log has all of it. */
const MAX_DETAIL = 256;

function sum({ amountMinor, currency }: PaymentTaken["amount"]): string {
  return `${amountMinor} minor units of ${currency}`;
}
