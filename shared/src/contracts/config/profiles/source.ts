import { z } from "zod";
import { code } from "../../primitives.ts";

/** Said of a value that no public manual gives: nobody may take a guess for a fact. */
export const TO_BE_MEASURED = "to be measured at commissioning";

/** Milliseconds from a manual, or the word that they must be measured. */
export const statedMs = z.union([z.number().min(0).max(600_000), z.literal(TO_BE_MEASURED)]);

export const source = z
  .strictObject({
    manual: z.string().min(1).max(200).describe("Title of the manual."),
    edition: z.string().min(1).max(100).describe("Edition, revision or date as the manual has it."),
    section: z.string().min(1).max(200).describe("Chapter, table or page where it is said."),
    address: z.url().max(300).optional().describe("Where it was read, when that is public."),
    says: z.string().min(1).max(500).optional().describe("What was taken from there."),
  })
  .describe("A public manual that the profile is taken from.");

/** What every profile begins with. */
export const profileHead = {
  name: code.describe("Name that boards and lanes use; the same as the file's."),
  maker: z.string().min(1).max(100).describe("Who makes the device."),
  model: z.string().min(1).max(200).describe("Models that this profile is for."),
  sources: z.array(source).min(1).max(12).describe("Public manuals that the values come from."),
  notes: z.array(z.string().min(1).max(600)).max(20).default([]).describe("What an installer must know."),
};
