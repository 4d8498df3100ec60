import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readAgentConfig, readSite } from "./config.ts";

const SITES = join(import.meta.dirname, "..", "..", "..", "firmware-configs", "sites");
const EXAMPLE = readFileSync(join(SITES, "example.yaml"), "utf8");

const directory = mkdtempSync(join(tmpdir(), "gatehouse-config-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const file = join(directory, "lot.yaml");

/** The message with which a site file of this text is refused. */
async function refusalOf(text: string): Promise<string> {
  writeFileSync(file, text);
  const refused = await readSite(file).then(
    () => new Error("The file was accepted."),
    (error: unknown) => error as Error & { readonly code?: string },
  );
  expect(refused).toMatchObject({ code: "bad_config" });
  expect(refused.message).toContain(file);
  return refused.message;
}

/** The example with one thing changed, and the number of the changed line. */
function changed(from: string, to: string): { readonly text: string; readonly line: number } {
  const at = EXAMPLE.indexOf(from);
  if (at < 0) throw new RangeError(`The example has no "${from}".`);
  return { text: EXAMPLE.replace(from, to), line: EXAMPLE.slice(0, at).split("\n").length };
}

describe("the site files of this repository", () => {
  it.each(readdirSync(SITES))("%s is accepted", async (name) => {
    const site = await readSite(join(SITES, name));
    expect(site.lanes.length).toBeGreaterThan(0);
  });
});

describe("a site file at fault is refused with file, line and key", () => {
  it.each([
    ["a word that is none of the choices", "direction: entry", "direction: inwards", /lanes\.0\.direction: .*"entry"/],
    ["a time out of its bounds", "pulse_ms: 500", "pulse_ms: 5000", /lanes\.0\.timings\.pulse_ms: .*1000/],
    ["a secret that is too short", "secret: change-me-0123456789", "secret: short", /cameras\.0\.secret: .*16/],
    ["a misspelt key", "pulse_ms: 500", "puls_ms: 500", /lanes\.0\.timings\.puls_ms: there is no such key/],
    ["two lanes of one name", "code: out-1", "code: in-1", /lanes\.1\.code: there is another lane "in-1"/],
    ["two cameras of one name", "- id: cam-out", "- id: cam-in", /lanes\.1\.cameras\.0\.id: there is another camera/],
    ["two lanes of one id", "00000012", "00000011", /lanes\.1\.id: there is another lane id/],
    ["a time zone that is none", "Europe/Berlin", "Europe/Nowhere", /time_zone: is no IANA time zone/],
    ["an unknown driver", "driver: sim", "driver: telepathy", /lanes\.0\.wiring\.driver: .*'sim'/],
  ])("%s", async (_what, from, to, expected) => {
    const { text, line } = changed(from, to);
    const message = await refusalOf(text);
    expect(message).toMatch(expected);
    expect(message).toMatch(new RegExp(`lot\\.yaml:${line}:\\d+: `));
  });

  it("a missing key, at the line where its part begins", async () => {
    const { text, line } = changed("    direction: exit\n", "");
    expect(await refusalOf(text)).toMatch(new RegExp(`lot\\.yaml:${line - 2}:\\d+: lanes\\.1\\.direction: is missing`));
  });

  it("all faults of a file at once", async () => {
    const text = EXAMPLE.replace("direction: entry", "direction: in").replace("direction: exit", "direction: out");
    expect((await refusalOf(text)).match(/lot\.yaml:\d+:\d+: /g)).toHaveLength(2);
  });

  it.each([
    ["what is no YAML", "name: [\n", /lot\.yaml:\d+:\d+: is no YAML/],
    ["a key given twice", "code: a\ncode: b\n", /lot\.yaml:2:\d+: /],
    ["an empty file", "", /the file is empty/],
    ["bytes that are no text", "\u0000\u0001@\u0002", /lot\.yaml:1:/],
    ["aliases that unfold without end", `${aliases()}\n`, /alias/],
  ])("%s", async (_what, text, expected) => {
    expect(await refusalOf(text)).toMatch(expected);
  });

  it("a file that can't be read", async () => {
    await expect(readSite(join(directory, "none.yaml"))).rejects.toMatchObject({
      code: "bad_config",
      message: expect.stringMatching(/none\.yaml: can't be read/),
    });
    await expect(readSite(directory)).rejects.toMatchObject({ code: "bad_config" });
  });
});

describe("the agent's environment", () => {
  const whole = { GATEHOUSE_SITE: join(SITES, "example.yaml"), GATEHOUSE_DATA_DIR: directory };

  it("takes a variable that is set to nothing as left out", async () => {
    const config = await readAgentConfig({ ...whole, GATEHOUSE_HTTP_PORT: "", GATEHOUSE_MQTT_URL: "" });
    const storeShare = { kind: "percent", percent: 25 };
    expect(config).toMatchObject({ http: { host: "127.0.0.1", port: 8600 }, mqttUrl: null, storeShare });
  });

  it("takes the store's share as a part of the disk or in MiB", async () => {
    const shareOf = async (text: string) =>
      (await readAgentConfig({ ...whole, GATEHOUSE_STORE_SHARE: text })).storeShare;
    expect(await shareOf("40%")).toEqual({ kind: "percent", percent: 40 });
    expect(await shareOf("4096MiB")).toEqual({ kind: "bytes", bytes: 4_294_967_296 });
  });

  it("names every variable at fault", async () => {
    const wrong = {
      GATEHOUSE_HTTP_PORT: "99999",
      GATEHOUSE_STORE_SHARE: "100%",
      GATEHOUSE_SIM_WALL: "now",
      GATEHOUSE_ENROLMENT_TOKEN: "zzz",
      GATEHOUSE_MQTT_URL: "broker:8883",
      GATEHOUSE_PROVISIONING_URL: "http://cloud.example",
      GATEHOUSE_LOG_LEVEL: "loud",
    };
    const refused: Error = await readAgentConfig({ ...whole, ...wrong }).then(
      () => new Error("accepted"),
      (error: unknown) => error as Error,
    );
    for (const name of Object.keys(wrong)) expect(refused.message).toContain(`  ${name}: `);
    await expect(readAgentConfig({})).rejects.toThrow(/GATEHOUSE_SITE: .*\n.*GATEHOUSE_DATA_DIR: /);
  });

  it("refuses a socket's path that the system would refuse, before anything is opened", async () => {
    const long = join(directory, "x".repeat(120));
    await expect(readAgentConfig({ ...whole, GATEHOUSE_DATA_DIR: long })).rejects.toThrow(
      /GATEHOUSE_SOCKET: .*gate\.sock has \d+ bytes.*107/,
    );
  });
});

/** Each of the lists holds the one before it nine times. */
function aliases(): string {
  const lists = ["a: &a [x, x]"];
  for (const [one, before] of ["ba", "cb", "dc", "ed", "fe"])
    lists.push(`${one}: &${one} [${`*${before},`.repeat(9)}]`);
  return lists.join("\n");
}
