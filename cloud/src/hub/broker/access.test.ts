import { topicOf } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { expect, test } from "vitest";
import { judgePublish, judgeWill, MESSAGE_MAX_BYTES, maySubscribe } from "./access.ts";

const identity = {
  operatorId: "11111111-1111-1111-1111-111111111111",
  lotId: "22222222-2222-2222-2222-222222222222",
  deviceId: "33333333-3333-3333-3333-333333333333",
};
const own = (topic: Parameters<typeof topicOf>[1]): string => topicOf(identity, topic);
const attempt = (topic: string, change: object = {}) => ({ topic, retain: false, qos: 1, bytes: 10, ...change });

test("a device may publish to its own lot's topics that go up, and retain only its status", () => {
  expect(judgePublish(identity, attempt(own("up/events")))).toEqual({ kind: "allow", topic: "up/events" });
  expect(judgePublish(identity, attempt(own("up/telemetry"), { qos: 0 })).kind).toBe("allow");
  expect(judgePublish(identity, attempt(own("status"), { retain: true })).kind).toBe("allow");
});

test.each([
  ["another lot", attempt(own("up/events").replace("2222", "4444"))],
  ["another operator", attempt(own("up/events").replace("1111", "4444"))],
  ["what goes down", attempt(own("down/commands"))],
  ["a level more", attempt(`${own("up/events")}/x`)],
  ["an empty level more", attempt(`${own("up/events")}/`)],
  ["an empty level before", attempt(`/${own("up/events")}`)],
  ["another spelling", attempt(own("up/events").toUpperCase())],
  ["$SYS", attempt("$SYS/x")],
  ["a retained event", attempt(own("up/events"), { retain: true })],
  ["QoS 2", attempt(own("up/events"), { qos: 2 })],
  ["too many bytes", attempt(own("up/hello"), { bytes: MESSAGE_MAX_BYTES + 1 })],
])("Verifies: SYNC-19 publishing is refused: %s", (_what, refused) => {
  expect(judgePublish(identity, refused).kind).toBe("refuse");
});

test("Verifies: SYNC-19 a last will may only be the own status", () => {
  expect(judgeWill(identity, attempt(own("status"), { retain: true })).kind).toBe("allow");
  expect(judgeWill(identity, attempt(own("up/events"))).kind).toBe("refuse");
});

test("Verifies: SYNC-19 a device may subscribe to its own lot's topics that go down, letter by letter", () => {
  expect(maySubscribe(identity, own("down/commands"))).toBe(true);
  for (const filter of ["#", "+/#", own("up/events"), `$share/g/${own("down/commands")}`, `${own("down/commands")}/#`])
    expect(maySubscribe(identity, filter), filter).toBe(false);
});
