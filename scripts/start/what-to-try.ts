import type { RunningSystem } from "../system/launch.ts";

/** What a newcomer is told once everything runs. */
export function whatToTry({ apiUrl, token, layout, demo, wallRate }: RunningSystem): string {
  const first = layout.lots[0]?.code ?? "";
  const lots = demo.lots.map(({ site }) => `  ${site.code.padEnd(20)} ${site.name}`).join("\n");
  return `
Gatehouse runs. The lots' clock goes ${wallRate.rate} times as fast as yours; their barriers move at their own pace.

  live page   ${apiUrl}/#token=${token}
  API         ${apiUrl}/docs

Lots:
${lots}

Try next:
  - On the live page cut a lot's link: its gates go on. Bring it back and watch the backlog arrive.
  - npm run gate -- --lot ${first} watch          the lanes, live in the terminal
  - npm run gate -- --lot ${first} doctor         what a technician would look at
  - npm run gate -- --lot ${first} open LANE --reason "try it"
  - npm start -- --help                       more lots, more traffic, another speed

Logs are in ${layout.logDir}. Ctrl-C stops all of it; the next start goes on from here.`;
}
