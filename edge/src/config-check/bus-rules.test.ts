import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { checkSite } from "./check-site.ts";
import { type Finding, findingText } from "./finding.ts";

const ROOT = fileURLToPath(new URL("../../../firmware-configs", import.meta.url));
const STOCK = "waveshare-modbus-rtu-relay-d";
const directory = mkdtempSync(join(tmpdir(), "gatehouse-bus-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What the check says of one of our sites after a change, with boards of which this time for an answer was measured. */
async function findings(name: string, answerMs: number, change: (site: string) => string): Promise<readonly Finding[]> {
  const folder = mkdtempSync(join(directory, "site-"));
  mkdirSync(join(folder, "devices", "relay-boards"), { recursive: true });
  const stock = readFileSync(join(ROOT, "devices", "relay-boards", `${STOCK}.yaml`), "utf8");
  const own = stock.replace(`name: ${STOCK}`, `name: measured\nanswer_ms: ${answerMs}`);
  writeFileSync(join(folder, "devices", "relay-boards", "measured.yaml"), own);
  const file = join(folder, "site.yaml");
  writeFileSync(file, change(readFileSync(join(ROOT, "sites", name), "utf8")));
  return (await checkSite(file)).findings;
}

const severitiesOf = (found: readonly Finding[], text: RegExp): readonly string[] =>
  found.filter((one) => text.test(findingText(one))).map((one) => one.severity);

it.each([
  [
    115_200,
    50,
    ["warning"],
    /a bus of 2 boards at 115200 bit\/s may be too slow.*after 25 ms.*SAFE-12.*SAFE-04.*GPIO/s,
  ],
  [115_200, 2, [], /bus of 2 boards/],
  [
    9_600,
    2,
    ["error"],
    /2 boards at 9600 bit\/s is too slow to stop an arm: an input is read every \d+ ms.*SAFE-12.*GPIO/s,
  ],
  [4_800, 2, ["error"], /2 boards at 4800 bit\/s is too slow to stop an arm.*SAFE-04.*GPIO/s],
] as const)(
  "Verifies: SAFE-04, SAFE-12: tells whether a bus at %i with answers of %i ms stops an arm in time",
  async (baud, ms, severities, text) => {
    const found = await findings("ticket-lane.yaml", ms, (site) =>
      site.replaceAll(`profile: ${STOCK}`, "profile: measured").replaceAll("baud: 115200", `baud: ${baud}`),
    );
    expect(severitiesOf(found, text)).toEqual(severities);
  },
);

it.each([
  [4_800, 2, ["error"], /a bus of 1 board at 4800 bit\/s is too slow to stop an arm: it takes \d+ ms of the 50/],
  [9_600, 50, ["warning"], /a bus of 1 board at 9600 bit\/s may be too slow for an arm/],
  [115_200, 2, [], /a bus of 1 board/],
] as const)(
  "Verifies: SAFE-04: tells whether a bus at %i with answers of %i ms that only moves the arm stops it in time",
  async (baud, ms, severities, text) => {
    const board = `  - { driver: modbus_rtu, id: slow, profile: measured, path: /dev/x, baud: ${baud} }\n\nlanes:\n`;
    const found = await findings("raspberry-pi-two-lanes.yaml", ms, (site) =>
      site
        .replace("\nlanes:\n", board)
        .replace("raise: { board: header, channel: GPIO5 }", "raise: { board: slow, channel: 1 }")
        .replace("lower: { board: header, channel: GPIO6 }", "lower: { board: slow, channel: 2 }"),
    );
    expect(severitiesOf(found, text)).toEqual(severities);
  },
);
