import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { setUpOperator } from "../../process/setup.ts";
import type { Actor } from "../../services/access.ts";
import type { VerbContext } from "../../services/verb-context.ts";
import type { DatabaseOrTransaction } from "../database.ts";
import type { SampleOperator } from "./sample-data.ts";
import type { TestDatabase } from "./test-database.ts";

const clock = systemClock();
const newId = uuidv7Source(clock, systemRandom);

export const setupActor: Actor = { kind: "system", id: "test" };

/** A verb's context on a test database, as the system itself unless another actor is given. */
export function testContext(db: DatabaseOrTransaction, actor: Actor = setupActor): VerbContext {
  return { db, clock, newId, actor, requestId: null };
}

/** An actor with a token's rights, for the operator of the sample. */
export function tokenActor(sample: SampleOperator, role: Extract<Actor, { kind: "token" }>["role"]): Actor {
  return { kind: "token", id: newId(), name: role, role, operatorId: sample.operatorId, lotIds: null };
}

export async function setUpSample({ db }: TestDatabase, { data }: SampleOperator): Promise<void> {
  await setUpOperator({ db, clock, newId, data });
}
