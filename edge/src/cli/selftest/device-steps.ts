import { failed, PERSON_MAX_MS, passed, type Step, skipped } from "./step.ts";

/** A plate before the lane's camera, until the lane has its read. */
export function cameraStep(cameras: readonly string[]): Step {
  return {
    id: "camera",
    title: "Camera read",
    async run(hands) {
      if (cameras.length === 0) return skipped("The site file names no camera at this lane.");
      const before = hands.now().last_read?.at ?? 0;
      hands.tell(`Drive a vehicle before the camera (${cameras.join(", ")}), onto the arming loop.`);
      const began = hands.mono();
      const came = await hands.until(({ last_read }) => (last_read?.at ?? 0) > before, PERSON_MAX_MS);
      if (!came) return failed("No read came. See: gate camera test, and gate doctor.");
      const read = hands.now().last_read;
      const sure = read?.confidence == null ? "not told" : `${Math.round(read.confidence * 100)} %`;
      if (!(await hands.seen(`The camera read "${read?.value ?? ""}". Is that the vehicle's plate?`)))
        return failed("The camera reads, but wrongly: aim, focus and light it, or set its country.");
      return passed(
        "The camera's read arrived and is right.",
        { name: "confidence", value: sure },
        { name: "read after", value: `${Math.round(hands.mono() - began)} ms` },
      );
    },
  };
}

export const displayStep: Step = {
  id: "display",
  title: "Display",
  async run(hands) {
    const { display } = hands.now();
    if (await hands.seen(`Does the display say "${display}"?`)) return passed(`It says "${display}".`);
    return failed(
      "The display does not show what the lane tells it: check its power, cable and language in the site file.",
    );
  },
};

/** What stands at the lane beside it: connected as the agent sees it, and working as the person sees it. */
export function peripheralStep(kind: "printer" | "terminal" | "reader" | "intercom"): Step {
  const ask = ASKS[kind];
  return {
    id: kind,
    title: ask.title,
    async run(hands) {
      const found = (await hands.devices()).filter((device) => device.kind === kind);
      if (found.length === 0) return skipped("The site file names none at this lane.");
      const gone = found.filter(({ connected }) => connected === false);
      if (gone.length > 0)
        return failed(`${gone.map(({ id }) => id).join(", ")} does not answer: check power, cable and address.`);
      const troubled = found.find(({ detail }) => detail !== null && TROUBLE.test(detail));
      if (troubled) return failed(`${troubled.id}: ${troubled.detail ?? ""}.`);
      if (kind === "reader") {
        const before = hands.now().last_read?.at ?? 0;
        hands.tell("Put a vehicle on the arming loop and show a code or card to the reader.");
        const scanned = await hands.until(
          ({ last_read }) => (last_read?.at ?? 0) > before && last_read?.kind !== "plate",
          PERSON_MAX_MS,
        );
        return scanned
          ? passed("The reader's code arrived.")
          : failed("No code arrived: check the reader's cable, its baud rate and the vehicle loop.");
      }
      return (await hands.seen(ask.question)) ? passed(ask.good) : failed(ask.bad);
    },
  };
}

const TROUBLE = /paper_out|jammed|offline|fault/;

const ASKS = {
  printer: {
    title: "Ticket printer",
    question: "Press the ticket button with a vehicle on the arming loop. Did a ticket with a readable code come out?",
    good: "A ticket came out.",
    bad: "No good ticket came out: see the printer's paper and `gate doctor`.",
  },
  terminal: {
    title: "Payment terminal",
    question: "Does the payment terminal show that it is ready?",
    good: "The terminal answers and is ready.",
    bad: "The terminal is not ready: check its network and its merchant settings.",
  },
  reader: { title: "Code reader", question: "", good: "", bad: "" },
  intercom: {
    title: "Intercom",
    question: "Press the help button. Did the call arrive, and could you hear each other?",
    good: "The call arrived.",
    bad: "The call did not arrive: check the intercom's cable and number.",
  },
} as const;
