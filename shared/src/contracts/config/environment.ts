import { z } from "zod";
import { err, ok, type Result } from "../../kit/result.ts";
import type { WallRate } from "../../kit/system-clock.ts";

/** A process's environment as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A TCP port in a variable; 0 takes a free one. */
export const portVariable = z.coerce.number().int().min(0).max(65_535);

/** `anchorMachineMs,anchorWallMs,rate`: how the wall clock of a simulated world runs (`systemClock`). */
export const wallRateVariable = z
  .string()
  .regex(/^-?\d+(\.\d+)?,-?\d+(\.\d+)?,\d+(\.\d+)?$/, "must be three numbers: anchorMachineMs,anchorWallMs,rate")
  .transform((text): WallRate => {
    const [anchorMachineMs = 0, anchorWallMs = 0, rate = 1] = text.split(",").map(Number);
    return { anchorMachineMs, anchorWallMs, rate };
  })
  .refine(({ rate }) => rate > 0, "the rate must be above 0");

/**
 * Reads the variables of a schema. One that is set to nothing counts as left out, as in files of variables. The error
 * has one text for each wrong variable, with its name and what it wants.
 */
export function readVariables<Settings>(
  schema: z.ZodType<Settings>,
  environment: Environment,
): Result<Settings, readonly string[]> {
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== "")));
  if (parsed.success) return ok(parsed.data);
  return err(parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`));
}
