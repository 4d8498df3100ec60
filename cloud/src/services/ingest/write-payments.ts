import type { EdgeEventBodyOf } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { minorDigits } from "@gatehouse/shared/kit/money.ts";
import type { ReadEvent } from "./read-events.ts";
import type { TakenPayment } from "./session-changes.ts";
import type { SqlRunner } from "./statement-queue.ts";
import { rowStatement } from "./unnest.ts";
import type { Stretch } from "./write-events.ts";

/** Taken at a lane, or to be collected from an account now that the vehicle has left: then it is pending. */
interface Taken {
  readonly at: number;
  readonly body: Omit<TakenPayment, "type" | "method"> & {
    readonly method: TakenPayment["method"] | "account";
    readonly status: "completed" | "pending";
  };
}

const insertPayments = rowStatement<Taken>("ingest_payments", {
  fixed: 2,
  columns: [
    { name: "id", type: "uuid", of: ({ body }) => body.payment_id },
    { name: "session_id", type: "uuid", of: ({ body }) => body.session_id },
    { name: "amount_minor", type: "int8", of: ({ body }) => body.amount_minor },
    { name: "minor_digits", type: "int2", of: ({ body }) => minorDigits(body.currency) },
    { name: "currency", type: "text", of: ({ body }) => body.currency },
    { name: "method", type: "text", of: ({ body }) => body.method },
    { name: "status", type: "text", of: ({ body }) => body.status },
    { name: "lane_id", type: "uuid", of: ({ body }) => body.lane_id },
    { name: "reference", type: "text", of: ({ body }) => body.reference },
    { name: "paid_at", type: "float8", of: ({ at }) => at / 1_000 },
    {
      name: "paid_until",
      type: "float8",
      of: ({ body }) => (body.paid_until === null ? null : body.paid_until / 1_000),
    },
  ],
  text: `
    INSERT INTO payments (parking_lot_id, id, parking_session_id, amount_minor, minor_digits, currency, payment_method,
      status, lane_id, reference, paid_at, paid_until, created_at, updated_at)
    SELECT $1::uuid, row.id, row.session_id, row.amount_minor, row.minor_digits, row.currency, row.method,
      row.status, row.lane_id, row.reference, to_timestamp(row.paid_at), to_timestamp(row.paid_until),
      $2::timestamptz, $2::timestamptz
    FROM ROWS`,
});

function fromAccount(body: EdgeEventBodyOf<"payment.automatic">): Taken["body"] {
  const { payment_id, session_id, lane_id, amount_minor, currency, account_id } = body;
  const payment = { payment_id, session_id, lane_id, amount_minor, currency };
  return { ...payment, reference: account_id, paid_until: null, method: "account", status: "pending" };
}

/** Writes payments taken at the lanes, and those to be collected. Their sessions must be written before. */
export async function writePayments(client: SqlRunner, stretch: Stretch, reads: readonly ReadEvent[]): Promise<void> {
  const taken: Taken[] = [];
  for (const { event } of reads) {
    const { at, body } = event;
    if (body.type === "payment.taken") taken.push({ at, body: { ...body, status: "completed" } });
    if (body.type === "payment.automatic") taken.push({ at, body: fromAccount(body) });
  }
  if (taken.length > 0) await insertPayments.run(client, [stretch.lotId, new Date(stretch.receivedAt)], taken);
}
