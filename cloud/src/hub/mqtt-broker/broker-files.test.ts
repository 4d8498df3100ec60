import { expect, test } from "vitest";
import { accessList } from "./broker-files.ts";

const device = {
  operatorId: "11111111-1111-1111-1111-111111111111",
  lotId: "22222222-2222-2222-2222-222222222222",
  deviceId: "33333333-3333-3333-3333-333333333333",
  certificateSerial: "4F",
  nextCertificateSerial: null,
};
const LOT = `gatehouse/v1/${device.operatorId}/${device.lotId}`;

/** The lines of one user. */
function rightsOf(list: string, user: string): string[] {
  const block = list.split("\n\n").find((text) => text.startsWith(`user ${user}\n`)) ?? "";
  return block.split("\n").slice(1).filter(Boolean);
}

test("Verifies: SYNC-19 the access list gives a device the topics of its own lot, letter by letter", () => {
  expect(rightsOf(accessList([device]), device.deviceId)).toEqual([
    `topic write ${LOT}/up/events`,
    `topic write ${LOT}/up/hello`,
    `topic write ${LOT}/up/replica-request`,
    `topic write ${LOT}/up/command-results`,
    `topic write ${LOT}/up/telemetry`,
    `topic write ${LOT}/status`,
    `topic read ${LOT}/down/confirm`,
    `topic read ${LOT}/down/replica`,
    `topic read ${LOT}/down/commands`,
  ]);
});

test("the access list names nobody but the hub, its probes and the devices", () => {
  const users = accessList([device])
    .split("\n")
    .filter((line) => line.startsWith("user "));
  expect(users).toEqual([
    "user gatehouse-hub",
    "user gatehouse-probe",
    "user gatehouse-probe-2",
    `user ${device.deviceId}`,
  ]);
  expect(rightsOf(accessList([]), "gatehouse-probe")).toEqual(["topic read gatehouse/probe"]);
});
