import { relative } from "node:path";
import type { RunningSystem } from "../system/launch.ts";

const DEFAULT_DATA_DIR = ".gatehouse/demo";

/** What a newcomer is told once everything runs. */
export function whatToTry({ apiUrl, token, layout, demo, wallRate }: RunningSystem): string {
  const first = layout.lots[0]?.code ?? "";
  const lane = demo.lots[0]?.site.lanes[0]?.code ?? "";
  const dataDir = relative(process.cwd(), layout.dataDir);
  const gate = `npm run gate -- ${dataDir === DEFAULT_DATA_DIR ? "" : `--data ${JSON.stringify(layout.dataDir)} `}--lot ${first}`;
  const lots = demo.lots.map(({ site }) => `  ${site.code.padEnd(20)} ${site.name}`).join("\n");
  return `
Gatehouse runs. The lots' clock goes ${wallRate.rate} times as fast as yours; their barriers move at their own pace.

  live page   ${apiUrl}/#token=${token}
  API         ${apiUrl}/docs

Lots:
${lots}

Try next:
  - On the live page cut a lot's link: its gates go on. Bring it back and watch the backlog arrive.
  - ${gate} watch       the lanes, live in the terminal
  - ${gate} doctor      what a technician would look at
  - ${gate} open ${lane} --reason "try it"
  - npm start -- --help      more lots, more traffic, another speed

Logs are in ${layout.logDir}. Ctrl-C stops all of it; the next start goes on from here.`;
}
