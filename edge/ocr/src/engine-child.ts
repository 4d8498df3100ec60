import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { type Answer, type Question, READY } from "./messages.ts";
import { createRecogniser } from "./recogniser.ts";

/* The recogniser's own process: reading a picture takes a fifth of a second of a whole core, which the gate must not feel. */

const recogniser = await createRecogniser();

process.on("message", (question: Question) => {
  const { id, jpeg, crop } = question;
  recogniser.read(jpeg, crop).then(
    (lines) => answer({ id, lines }),
    (error: unknown) => answer({ id, error: errorMessage(error).slice(0, 200) }),
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.(READY);

function answer(message: Answer): void {
  process.send?.(message);
}
