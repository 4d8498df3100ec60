import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { operators } from "../../db/schema/operators.ts";
import { appendAudit } from "../audit/append.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext } from "../verb-context.ts";

export interface NewOperator {
  readonly id: Uuid;
  readonly code: string;
  readonly name: string;
}

/** Makes an operator. Only the system itself may (set-up). Throws `forbidden`, `conflict` (id or code taken). */
export async function createOperator(context: VerbContext, operator: NewOperator): Promise<void> {
  if (context.actor.kind !== "system") throw new ServiceError("forbidden", "Operators are made by set-up only.");
  await inTransaction(context, async (inside) => {
    const made = await inside.db
      .insert(operators)
      .values({ ...operator, created_at: inside.now, updated_at: inside.now })
      .onConflictDoNothing()
      .returning({ id: operators.id });
    if (made.length === 0)
      throw new ServiceError("conflict", `An operator with this id, or the code ${operator.code}, is there already.`);
    const subject = { kind: "operator", id: operator.id };
    await appendAudit(inside, { action: "operator.created", operatorId: operator.id, lotId: null, subject });
  });
}
