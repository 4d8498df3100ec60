import { type WatchFrame, watchFrame } from "../../local-api/contract.ts";
import { paint } from "../colour.ts";
import type { CommandContext } from "../command-context.ts";
import { demandLane } from "../known-lane.ts";
import { type WatchView, watchScreen } from "../watch-screen.ts";

const ENTER_SCREEN = "\u001b[?1049h\u001b[?25l";
const LEAVE_SCREEN = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE_END = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** `gate watch`: a live picture of the lanes until q or Ctrl-C; with --json, or into a pipe, one line a change. */
export async function watch(context: CommandContext, lane: string | null): Promise<void> {
  if (lane !== null) await demandLane(context, lane);
  const only = (frame: WatchFrame): WatchFrame =>
    lane === null ? frame : { ...frame, lanes: frame.lanes.filter(({ code }) => code === lane) };
  const parse = (line: string): WatchFrame => only(watchFrame.parse(JSON.parse(line)));
  if (context.terminal.isInteractive && !context.json) return picture(context, parse);
  await context.agent.lines("/watch", (line) => context.write(`${JSON.stringify(parse(line))}\n`), context.signal);
}

async function picture(context: CommandContext, parse: (line: string) => WatchFrame): Promise<void> {
  const { terminal } = context;
  const colours = paint(terminal.hasColour);
  const ended = new AbortController();
  context.signal.addEventListener("abort", () => ended.abort());
  let frame: WatchFrame | null = null;
  let view: WatchView = { chosen: 0, isDetail: false };
  const draw = (): void => {
    if (frame === null) return;
    const lines = watchScreen(frame, view, { rows: terminal.rows(), columns: terminal.columns() }, colours);
    context.write(`${HOME}${lines.map((line) => line + CLEAR_LINE_END).join("\r\n")}${CLEAR_BELOW}`);
  };
  const stopKeys = terminal.onKey(({ name }) => {
    if (name === "q" || name === "interrupt") return ended.abort();
    view = afterKey(view, name, frame?.lanes.length ?? 0);
    draw();
  });
  const stopResize = terminal.onResize(draw);
  context.write(ENTER_SCREEN);
  try {
    const take = (line: string): void => {
      frame = parse(line);
      draw();
    };
    await context.agent.lines("/watch", take, ended.signal);
  } finally {
    stopKeys();
    stopResize();
    context.write(LEAVE_SCREEN);
  }
}

/** What a key does to what is seen. */
export function afterKey(view: WatchView, key: string, lanes: number): WatchView {
  const choose = (by: number): WatchView => ({ ...view, chosen: Math.max(0, Math.min(lanes - 1, view.chosen + by)) });
  switch (key) {
    case "up":
    case "left":
    case "k":
      return choose(-1);
    case "down":
    case "right":
    case "j":
      return choose(1);
    case "page_up":
      return choose(-10);
    case "page_down":
      return choose(10);
    case "enter":
      return { ...view, isDetail: true };
    case "escape":
      return { ...view, isDetail: false };
    default:
      return view;
  }
}
