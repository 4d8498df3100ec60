import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cameraProfile } from "@gatehouse/shared/contracts/config/profiles/camera.ts";
import { camera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkFile } from "./check-file.ts";
import { checkSite } from "./check-site.ts";
import { findingText } from "./finding.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "firmware-configs");
const DEVICES = join(ROOT, "devices");
const SITE = readFileSync(join(ROOT, "sites", "ticket-lane.yaml"), "utf8");
const PROFILES = readdirSync(DEVICES).flatMap((kind) =>
  readdirSync(join(DEVICES, kind)).map((name) => join(kind, name)),
);

const directory = mkdtempSync(join(tmpdir(), "gatehouse-check-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Wrong = [what: string, from: string, to: string, expected: RegExp, also?: readonly [string, string]];

/** What the check says of the ticket lot with one thing changed, one line a finding. */
async function findings(
  from: string,
  to: string,
  also: readonly [string, string] = ["", ""],
): Promise<{ readonly errors: readonly string[]; readonly warnings: readonly string[]; readonly line: number }> {
  const at = SITE.indexOf(from);
  if (at < 0) throw new RangeError(`The site has no "${from}".`);
  const file = join(directory, "lot.yaml");
  writeFileSync(file, SITE.replace(from, to).replace(...also));
  const checked = await checkSite(file, [DEVICES]);
  const errors = checked.findings.filter(({ severity }) => severity === "error").map(findingText);
  const warnings = checked.findings.filter(({ severity }) => severity === "warning").map(findingText);
  expect(checked.good === null).toBe(errors.length > 0);
  return { errors, warnings, line: SITE.slice(0, at).split("\n").length };
}

describe("the files of this repository", () => {
  it.each(readdirSync(join(ROOT, "sites")))("site %s is good", async (name) => {
    const { good, findings } = await checkSite(join(ROOT, "sites", name));
    expect(findings.filter(({ severity }) => severity === "error").map(findingText)).toEqual([]);
    expect(good?.site.lanes.length).toBeGreaterThan(0);
  });

  it.each(PROFILES)("profile %s is good, cites its manual and names its schema", async (name) => {
    const path = join(DEVICES, name);
    expect((await checkFile(path, path)).map(findingText)).toEqual([]);
    const text = readFileSync(path, "utf8");
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/schema\/[a-z-]+\.json\n/);
  });

  it("has profiles of cameras only for formats that the agent reads", () => {
    const formats = (camera.options as readonly unknown[]).flatMap(formatsOf);
    for (const name of readdirSync(join(DEVICES, "cameras"))) {
      const profile = cameraProfile.parse(parse(readFileSync(join(DEVICES, "cameras", name), "utf8")));
      expect(formats).toContain(profile.format);
    }
  });
});

describe("config check", () => {
  it.each([
    [
      "a board that isn't there",
      "raise: { board: entry-io",
      "raise: { board: entri-io",
      /barrier\.raise\.board: there is no board "entri-io"; the boards are: entry-io, exit-io/,
    ],
    [
      "raise and lower on two boards (SAFE-01)",
      "lower: { board: entry-io, channel: 2 }",
      "lower: { board: exit-io, channel: 6 }",
      /barrier\.lower\.board: must be "entry-io", the board of `raise`/,
    ],
    [
      "a channel with two wires",
      "closing: { board: entry-io, channel: 5",
      "closing: { board: entry-io, channel: 4",
      /channel 4 of entry-io is already loops\.safety of lane in-1/,
    ],
    [
      "a channel that the board hasn't",
      "closing: { board: entry-io, channel: 5",
      "closing: { board: entry-io, channel: 9",
      /has inputs 1 to 8, no 9/,
    ],
    [
      "a profile that isn't there",
      "profile: waveshare-modbus-rtu-relay-d",
      "profile: waveshare",
      /boards\.0\.profile: there is no profile "waveshare"; there are: .*moxa/,
    ],
    [
      "a board on the wrong bus",
      "profile: waveshare-modbus-rtu-relay-d",
      "profile: moxa-iologik-e1214",
      /boards\.0\.driver: .* does not speak modbus_rtu; it speaks modbus_tcp/,
    ],
    [
      "a bus with two speeds",
      "baud: 115200\n    unit: 2",
      "baud: 9600\n    unit: 2",
      /boards\.1\.baud: boards on one bus need one speed/,
    ],
    [
      "two boards with one address",
      "unit: 2",
      "unit: 1",
      /boards\.1: another board of this site already has this address/,
    ],
    [
      "no photo-eye",
      "        photo_eye: { board: entry-io, channel: 6 }\n",
      "",
      /contacts\.photo_eye: is missing: .*a person.*SAFE-02/,
    ],
    [
      "a fire contact left out without a word",
      "        fire: { board: entry-io, channel: 7 }\n",
      "",
      /contacts\.fire: is missing: .*SAFE-07.*`none`/,
    ],
    [
      "an input that nobody asks for",
      "protection: { cabinet_door: true }",
      "protection: {}",
      /contacts\.cabinet_door: nobody would ask for cabinet_door/,
    ],
    [
      "an input that is asked for and not wired",
      "protection: { cabinet_door: true }",
      "protection: { cabinet_door: true, safety_edge: true }",
      /contacts\.safety_edge: is missing: `protection` says/,
    ],
    [
      "an arm that is slower than a fault",
      "    cameras:\n",
      "    timings: { travel_max_ms: 3000 }\n    cameras:\n",
      /timings\.travel_max_ms: BG770.* may take 4000 ms up/,
    ],
    [
      "a hold relay at a barrier without that input",
      "profile: liftmaster-bg770\n",
      "profile: tau-k205m\n        hold: { board: entry-io, channel: 5 }\n",
      /barrier\.hold: .* has no input that holds/,
    ],
    [
      "a detector for more loops than it has",
      "loops: [safety], fault",
      "loops: [safety, closing], fault",
      /watches 1 loops, not 2/,
    ],
    [
      "a detector under the arm that gives up a vehicle",
      "profile: nortech-pd160-enhanced, loops: [safety]",
      "profile: diablo-dsp-10, loops: [safety]",
      /detectors\.0\.profile: DSP-10.* gives up a vehicle that stands long; it can't watch safety/,
    ],
    [
      "a detector under the arm that no manual calls fail-safe without power (SAFE-03)",
      "profile: nortech-pd160-enhanced, loops: [safety]",
      "profile: diablo-dsp-10, loops: [safety]",
      /detectors\.0\.profile: DSP-10.* isn't known to tell a vehicle without power; .*SAFE-03/,
    ],
    [
      "a fault wire from a detector without a fault output",
      "profile: nortech-pd160-enhanced",
      "profile: emx-d-tek",
      /detectors\.0\.fault: D-TEK.* has no fault output/,
    ],
    [
      "a stop relay at a barrier whose stop input nobody knows",
      "profile: liftmaster-bg770\n",
      "profile: liftmaster-bg770\n        stop: { board: entry-io, channel: 5 }\n",
      /barrier\.stop: no stop input is known of BG770/,
    ],
    [
      "an arm whose slowest setting is a fault",
      "    cameras:\n",
      "    timings: { travel_max_ms: 3500 }\n    cameras:\n",
      /travel_max_ms: HTG 320-3.* may take 4000 ms down/,
      ["profile: liftmaster-bg770", "profile: hysecurity-htg-320-3"],
    ],
    ["a misspelt key", "limits: {", "limit: {", /there is no such key; is limits meant\?/],
  ] as Wrong[])("finds %s, at its line", async (_what, from, to, expected, also) => {
    const { errors } = await findings(from, to, also);
    expect(errors.join("\n")).toMatch(expected);
    for (const error of errors) expect(error).toMatch(/lot\.yaml:\d+:\d+: /);
  });

  it.each([
    [
      "a detector under the arm that forgets and has no fault wire (SAFE-15)",
      "loops: [safety], fault: { board: entry-io, channel: 8 } }",
      "loops: [safety] }",
      /PD160.* isn't known to see a vehicle that stood on safety .*SAFE-15.*fault output/s,
    ],
    [
      "a stop input that wants a closed contact",
      "profile: liftmaster-bg770\n",
      "profile: tau-k205m\n        stop: { board: entry-io, channel: 5 }\n",
      /barriers with the control board K205M stops while 12-13 STOP is open.*N\/C contact/s,
    ],
    [
      "a barrier that may lower itself after a power failure",
      "profile: liftmaster-bg770\n",
      "profile: nice-wides\n",
      /WIDES can be set to lower its arm by itself when the power comes back.*Switches 1 and 2/s,
    ],
    [
      "a barrier of which nobody knows whether a pulse is enough",
      "profile: liftmaster-bg770\n",
      "profile: linear-bgus\n",
      /barrier\.raise: .*no manual says whether a pulse is enough for BGUS/,
    ],
  ])("warns of %s", async (_what, from, to, expected) => {
    expect((await findings("zone", "zone")).warnings.join("\n")).not.toMatch(expected);
    const { errors, warnings } = await findings(from, to);
    expect(errors).toEqual([]);
    expect(warnings.join("\n")).toMatch(expected);
  });

  it("tells a bus that is too slow for its lanes how long a round takes", async () => {
    const file = join(directory, "slow.yaml");
    writeFileSync(file, SITE.replaceAll("baud: 115200", "baud: 9600"));
    const { findings } = await checkSite(file, [DEVICES]);
    const texts = findings.map(findingText).join("\n");
    expect(texts).toMatch(
      /boards\.0\.baud: reading this bus takes up to 1\d\d ms a round, but lane in-1 believes an input for 100 ms/,
    );
  });

  it("finds a speed that the boards can't be set to", async () => {
    const file = join(directory, "speed.yaml");
    writeFileSync(file, SITE.replaceAll("baud: 115200", "baud: 1200"));
    const texts = (await checkSite(file, [DEVICES])).findings.map(findingText).join("\n");
    expect(texts).toMatch(/boards\.0\.baud: .* can't be set to 1200; it can be 4800, /);
  });

  it("points at the very line and column", async () => {
    const { errors, line } = await findings("baud: 115200\n    unit: 2", "baud: 115201\n    unit: 2");
    expect(errors[0]).toContain(`lot.yaml:${line}:11: boards.1.baud: must be one of 1200, `);
  });

  it("knows the profiles that come with the agent, and one's own beside the site file before them", async () => {
    const folder = join(directory, "etc");
    mkdirSync(join(folder, "devices", "relay-boards"), { recursive: true });
    const site = join(folder, "site.yaml");
    writeFileSync(site, SITE.replace("profile: waveshare-modbus-rtu-relay-d", "profile: our-board"));
    expect((await checkSite(site)).findings.map(findingText).join("\n")).toMatch(/no profile "our-board".*waveshare/);
    const stock = readFileSync(join(DEVICES, "relay-boards", "waveshare-modbus-rtu-relay-d.yaml"), "utf8");
    const own = stock.replace("name: waveshare-modbus-rtu-relay-d", "name: our-board");
    writeFileSync(join(folder, "devices", "relay-boards", "our-board.yaml"), own);
    expect((await checkSite(site)).good).not.toBeNull();
    writeFileSync(join(folder, "devices", "relay-boards", "half-done.yaml"), "kind: relay_board\n");
    const { good, findings } = await checkSite(site);
    expect(good).not.toBeNull();
    expect(findings.map(findingText).join("\n")).toMatch(/half-done\.yaml:1:1: warning: /);
  });

  it("refuses under the arm a detector that tells no vehicle while its loop is broken (SAFE-03)", async () => {
    const folder = join(directory, "blind");
    mkdirSync(join(folder, "devices", "loop-detectors"), { recursive: true });
    const stock = readFileSync(join(DEVICES, "loop-detectors", "reno-bx.yaml"), "utf8");
    const own = stock.replace("name: reno-bx", "name: blind-bx").replace("fault_as: either", "fault_as: no_vehicle");
    writeFileSync(join(folder, "devices", "loop-detectors", "blind-bx.yaml"), own);
    const site = join(folder, "site.yaml");
    for (const [profile, expected] of [
      ["reno-bx", []],
      ["blind-bx", [expect.stringMatching(/tells no vehicle while its loop is broken; it can't watch safety/)]],
    ] as const) {
      writeFileSync(site, SITE.replace("profile: nortech-pd160-enhanced", `profile: ${profile}`));
      const { findings } = await checkSite(site);
      expect(findings.filter(({ severity }) => severity === "error").map(findingText)).toEqual(expected);
    }
  });

  it("refuses a profile without a source, or with another name than its file", async () => {
    const folder = join(directory, "relay-boards");
    mkdirSync(folder, { recursive: true });
    const text = readFileSync(join(DEVICES, "relay-boards", "moxa-iologik-e1214.yaml"), "utf8");
    writeFileSync(join(folder, "other.yaml"), text);
    expect((await checkFile(join(folder, "other.yaml"), "other.yaml")).map(findingText)).toEqual([
      expect.stringMatching(/^other\.yaml:3:7: name: must be other, like the file/),
    ]);
    writeFileSync(join(folder, "bare.yaml"), text.replace(/sources:\n( {2}.*\n)+/, "sources: []\n"));
    expect((await checkFile(join(folder, "bare.yaml"), "bare.yaml")).map(findingText).join()).toMatch(
      /sources: .*at least 1/,
    );
    const waveshare = readFileSync(join(DEVICES, "relay-boards", "waveshare-modbus-rtu-relay-d.yaml"), "utf8");
    writeFileSync(join(folder, "waveshare-modbus-rtu-relay-d.yaml"), waveshare.replace("address: 512", "address: 7"));
    const met = await checkFile(join(folder, "waveshare-modbus-rtu-relay-d.yaml"), "own.yaml");
    expect(met.map(findingText).join()).toMatch(/pulse\.address: lies among the coils of the outputs/);
  });
});

function formatsOf(option: unknown): readonly string[] {
  if (typeof option !== "object" || option === null) return [];
  if ("options" in option && Array.isArray(option.options)) return option.options.flatMap(formatsOf);
  if (!("shape" in option) || typeof option.shape !== "object" || option.shape === null) return [];
  const format: unknown = Reflect.get(option.shape, "format");
  return typeof format === "object" && format !== null && "value" in format ? [String(format.value)] : [];
}
