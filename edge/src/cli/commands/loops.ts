import type { LanePicture, WatchFrame } from "../../local-api/contract.ts";
import { watchFrame } from "../../local-api/contract.ts";
import { type CommandContext, show } from "../command-context.ts";
import { demandLane } from "../known-lane.ts";
import { table } from "../table.ts";

const HOME_AND_CLEAR = "\u001b[H\u001b[J";

export interface LoopsOptions {
  readonly lane: string | null;
  readonly follow: boolean;
}

/** `gate loops`: every input and relay one by one; with --follow until Ctrl-C, a line a change into a pipe. */
export async function loops(context: CommandContext, { lane, follow }: LoopsOptions): Promise<void> {
  if (lane !== null) await demandLane(context, lane);
  const only = (frame: WatchFrame): readonly LanePicture[] =>
    frame.lanes.filter(({ code }) => lane === null || code === lane);
  if (!follow) {
    const frame = await context.agent.get("/pictures", watchFrame);
    return show(context, only(frame).map(inputsOf), () => inputTable(only(frame)));
  }
  const live = context.terminal.isInteractive && !context.json;
  let shown = "";
  await context.agent.lines(
    "/watch",
    (line) => {
      const lanes = only(watchFrame.parse(JSON.parse(line)));
      const text = live
        ? `${HOME_AND_CLEAR}${inputTable(lanes)}\n\nCtrl-C ends\n`
        : `${JSON.stringify(lanes.map(inputsOf))}\n`;
      if (text !== shown) context.write(text);
      shown = text;
    },
    context.signal,
  );
}

function inputsOf({ code, signals, relays, hazard, barrier }: LanePicture): object {
  return { lane: code, signals, relays, hazard, barrier };
}

function inputTable(lanes: readonly LanePicture[]): string {
  const rows = lanes.flatMap(({ code, signals, relays, hazard }) => [
    ...Object.entries(signals).map(([name, signal]) => [code, name, signal, hazard === name ? "forbids lowering" : ""]),
    ...Object.entries(relays).map(([name, on]) => [code, `relay ${name}`, on ? "on" : "off", ""]),
  ]);
  return rows.length === 0 ? "The agent tells no inputs yet." : table(["LANE", "INPUT", "SIGNAL", ""], rows);
}
