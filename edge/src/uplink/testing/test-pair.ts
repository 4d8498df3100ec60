import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { encodeCommandKey } from "@gatehouse/shared/sync/command.ts";
import type { Identity } from "../identity.ts";
import { type Life, TestAuthority } from "./test-authority.ts";
import { TestHub } from "./test-hub.ts";

export const DEVICE = "0190f3a1-0000-7000-8000-000000000001";
export const LOT = {
  operatorId: "0190f3a1-0000-7000-8000-00000000000e",
  lotId: "0190f3a1-0000-7000-8000-00000000000f",
};

export interface TestPair {
  readonly authority: TestAuthority;
  readonly hub: TestHub;
  readonly identity: Identity;
  readonly commandKey: KeyObject;
}

/** A running hub and the identity of an edge that is enrolled with it. */
export async function startPair({ serverLife }: { readonly serverLife?: Life } = {}): Promise<TestPair> {
  const authority = await TestAuthority.make();
  const { privateKey: commandKey, publicKey } = generateKeyPairSync("ed25519");
  const hub = new TestHub({
    ca: authority.pem,
    server: await authority.server(serverLife),
    lot: LOT,
    deviceId: DEVICE,
  });
  await hub.start();
  const { key, cert } = await authority.device(DEVICE);
  const identity: Identity = {
    deviceId: DEVICE,
    ...LOT,
    epoch: 1,
    privateKey: key,
    certificate: cert,
    ca: authority.pem,
    mqttUrl: `mqtts://127.0.0.1:${hub.port}`,
    provisioningUrl: null,
    commandKey: { keyId: "k1", publicKey: encodeCommandKey(publicKey) },
  };
  return { authority, hub, identity, commandKey };
}

/** Waits until `check` holds; fails with what it last said when that takes too long. */
export async function until(check: () => boolean, what: string, withinMs = 8_000): Promise<void> {
  const started = performance.now();
  while (!check()) {
    if (performance.now() - started > withinMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
