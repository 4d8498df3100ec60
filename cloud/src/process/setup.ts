import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { NewId } from "@gatehouse/shared/kit/ids.ts";
import type { Database } from "../db/database.ts";
import { createApiToken } from "../services/api-tokens/create.ts";
import { createLot } from "../services/lots/create.ts";
import { importRights } from "../services/lots/import-rights.ts";
import { createOperator } from "../services/operators/create.ts";
import { ServiceError } from "../services/service-error.ts";
import { createValidation } from "../services/validations/create.ts";
import { inTransaction, type VerbContext } from "../services/verb-context.ts";
import { type SetupDataInput, type SetupLot, setupData } from "./setup-data.ts";

export interface SetUpOptions {
  readonly db: Database;
  readonly clock: Pick<Clock, "wall">;
  readonly newId: NewId;
  readonly data: SetupDataInput;
}

export interface SetUpReport {
  /** Lots that were made now; those that were there already are left as they are. */
  readonly lotsCreated: number;
  readonly tokensCreated: number;
}

/**
 * Makes an operator with its lots, rights and tokens, each lot in one transaction. Applied again it makes only what is
 * missing. Throws `setup_data_invalid` with the place in the data, or a ServiceError (`invalid`).
 */
export async function setUpOperator({ db, clock, newId, data }: SetUpOptions): Promise<SetUpReport> {
  const parsed = setupData.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new GatehouseError("setup_data_invalid", `Set-up data, ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { operator, lots, tokens } = parsed.data;
  const context: VerbContext = { db, clock, newId, actor: { kind: "system", id: "setup" }, requestId: null };
  await madeNow(() => createOperator(context, operator));
  let lotsCreated = 0;
  for (const lot of lots) lotsCreated += (await madeNow(() => setUpLot(context, operator.id, lot))) ? 1 : 0;
  let tokensCreated = 0;
  for (const { token, name, role, lot_ids } of tokens) {
    const request = { operatorId: operator.id, token, name, role, lotIds: lot_ids, expiresAt: null };
    tokensCreated += (await madeNow(() => createApiToken(context, request))) ? 1 : 0;
  }
  return { lotsCreated, tokensCreated };
}

function setUpLot(context: VerbContext, operatorId: string, lot: SetupLot): Promise<void> {
  return inTransaction(context, async (inside) => {
    await createLot(inside, { ...lot, operatorId, lotId: lot.lot_id });
    await importRights(inside, { ...lot, lotId: lot.lot_id });
    for (const validation of lot.validations) await createValidation(inside, { lotId: lot.lot_id, validation });
  });
}

/** False when it was there already. */
async function madeNow(make: () => Promise<void>): Promise<boolean> {
  try {
    await make();
    return true;
  } catch (error) {
    if (error instanceof ServiceError && error.code === "conflict") return false;
    throw error;
  }
}
