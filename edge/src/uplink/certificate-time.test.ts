import { X509Certificate } from "node:crypto";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { beforeAll, expect, it } from "vitest";
import { mayAcceptDates, type PresentedCertificate } from "./certificate-time.ts";
import { type KeyAndCertificate, TestAuthority } from "./testing/test-authority.ts";
import { TestEdge } from "./testing/test-edge.ts";
import { DEVICE, startPair, until } from "./testing/test-pair.ts";

const HOUR = 3_600_000;
const LATER = { fromMs: HOUR, toMs: 2 * HOUR };
const OVER = { fromMs: -2 * HOUR, toMs: -HOUR };
const LOST_CLOCK = { isClockTrusted: false, floor: wallMs(0) };
let authority: TestAuthority;

beforeAll(async () => {
  authority = await TestAuthority.make();
});

function shown({ cert }: KeyAndCertificate, change: Partial<PresentedCertificate> = {}): PresentedCertificate {
  const leaf = new X509Certificate(cert);
  return { code: "CERT_NOT_YET_VALID", leaf, ca: authority.pem, hostname: "127.0.0.1", ...change };
}

it("Verifies: SYNC-13: a clock that nobody vouches for does not make a hub's dates wrong", async () => {
  const later = shown(await authority.server(LATER));
  const over = shown(await authority.server(OVER), { code: "CERT_HAS_EXPIRED" });
  expect([mayAcceptDates(LOST_CLOCK, later), mayAcceptDates(LOST_CLOCK, over)]).toEqual([true, true]);
  const trusted = { ...LOST_CLOCK, isClockTrusted: true };
  expect([mayAcceptDates(trusted, later), mayAcceptDates(trusted, over)]).toEqual([false, false]);
});

it("Verifies: SYNC-13: what had ended before the last trusted time stays ended", async () => {
  const over = shown(await authority.server(OVER), { code: "CERT_HAS_EXPIRED" });
  const end = over.leaf.validToDate.getTime();
  expect(mayAcceptDates({ isClockTrusted: false, floor: wallMs(end) }, over)).toBe(true);
  expect(mayAcceptDates({ isClockTrusted: false, floor: wallMs(end + 1) }, over)).toBe(false);
});

it("everything but the dates has to be right: the CA's signature, the purpose, the name, the error", async () => {
  const other = await TestAuthority.make();
  const good = await authority.server(LATER);
  const wrong = {
    "another CA of the same name": shown(await other.server(LATER)),
    "the pinned CA changed for a leaf": shown(good, { ca: good.cert }),
    "a device's certificate, for its own name": shown(await authority.device(DEVICE, LATER), { hostname: DEVICE }),
    "another name": shown(good, { hostname: "10.0.0.1" }),
    "another error": shown(good, { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }),
  };
  for (const [what, presented] of Object.entries(wrong))
    expect(mayAcceptDates(LOST_CLOCK, presented), what).toBe(false);
});

it.each([
  ["connects with an untrusted clock", false, "online"],
  ["stays away with a trusted one", true, "cloud_down"],
] as const)(
  "Verifies: SYNC-13: an edge whose clock contradicts the hub's dates %s",
  async (_what, isClockTrusted, state) => {
    const pair = await startPair({ serverLife: LATER });
    const edge = new TestEdge({ identity: pair.identity, certificateTime: () => ({ ...LOST_CLOCK, isClockTrusted }) });
    await edge.uplink.run();
    await until(() => edge.uplink.linkState() === state, state, 30_000);
    if (isClockTrusted) expect(edge.uplink.status().problem?.message).toContain("not valid yet");
    await edge.close();
    await pair.hub.kill();
  },
  60_000,
);
