import { access } from "node:fs/promises";
import { join } from "node:path";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { z } from "zod";

const lotsAnswer = z.object({ data: z.array(z.object({ id: z.string(), code: z.string() })) });
const tokenAnswer = z.object({ token: z.string() });

/** Whether an agent has its identity already. */
export function isEnrolled(agentDataDir: string): Promise<boolean> {
  return access(join(agentDataDir, "identity", "identity.json")).then(
    () => true,
    () => false,
  );
}

export interface EnrolmentAsk {
  readonly apiUrl: string;
  readonly token: string;
  readonly lotCode: string;
}

/** Asks the cloud for a one-time enrolment token of a lot, as an operator does. */
export async function enrolmentTokenFor({ apiUrl, token, lotCode }: EnrolmentAsk): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const lots = lotsAnswer.parse(await answerOf(await fetch(`${apiUrl}/api/v1/parking-lots?limit=100`, { headers })));
  const lot = lots.data.find(({ code }) => code === lotCode);
  if (!lot) throw new GatehouseError("unknown_lot", `The cloud knows no lot "${lotCode}".`);
  const url = `${apiUrl}/api/v1/parking-lots/${lot.id}/enrolment-tokens`;
  const made = await fetch(url, {
    method: "POST",
    headers: { ...headers, "idempotency-key": crypto.randomUUID() },
    body: "{}",
  });
  return tokenAnswer.parse(await answerOf(made)).token;
}

async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new GatehouseError(
    "cloud_refused",
    `The cloud answered ${response.status} to ${response.url}: ${text.slice(0, 300)}`,
  );
}
