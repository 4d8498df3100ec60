import { telemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { linkState } from "@gatehouse/shared/contracts/primitives.ts";
import { z } from "zod";
import type { CommandContext } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { lanesView } from "../lanes-view.ts";

const frame = z.object({ at: z.number(), link: linkState, lanes: z.array(telemetryLane) });

const HEADER_ROWS = 2;
const HOME_AND_CLEAR = "\u001b[H\u001b[J";
const ENTER_SCREEN = "\u001b[?1049h\u001b[?25l";
const LEAVE_SCREEN = "\u001b[?25h\u001b[?1049l";

/** `gate watch`: a live picture of the lanes until Ctrl-C; with --json, or into a pipe, one line a change. */
export async function watch(context: CommandContext, lane: string | null): Promise<void> {
  if (lane !== null) await demandLane(context, lane);
  const live = context.isTerminal && !context.json;
  if (live) context.write(ENTER_SCREEN);
  try {
    await context.agent.lines("/watch", (line) => draw(line), context.signal);
  } finally {
    if (live) context.write(LEAVE_SCREEN);
  }

  function draw(line: string): void {
    const { at, link, lanes } = frame.parse(JSON.parse(line));
    const shown = lanes.filter(({ code }) => lane === null || code === lane);
    if (live)
      context.write(`${HOME_AND_CLEAR}link ${link}   Ctrl-C ends\n\n${lanesView(shown, context.rows() - HEADER_ROWS)}`);
    else context.write(`${JSON.stringify({ at, link, lanes: shown })}\n`);
  }
}

async function demandLane(context: CommandContext, lane: string): Promise<void> {
  const codes = (await context.agent.get("/lanes", z.array(telemetryLane))).map(({ code }) => code);
  if (codes.includes(lane)) return;
  throw new CommandFailure(EXIT.usage, `There is no lane "${lane}" here; the lanes are: ${codes.join(", ")}.`);
}
