import type { TestIdentity } from "@gatehouse/cloud/hub/testing/test-edge.ts";
import type { Identity } from "@gatehouse/edge/uplink/identity.ts";

/** A newly enrolled device as its agent keeps it, with the hub behind a port of this machine. */
export function identityOf({ answer, key, cert, ca, deviceId }: TestIdentity, port: number): Identity {
  return {
    deviceId,
    operatorId: answer.operator_id,
    lotId: answer.lot_id,
    epoch: answer.epoch,
    privateKey: key,
    certificate: cert,
    ca,
    mqttUrl: `mqtts://127.0.0.1:${port}`,
    provisioningUrl: null,
    commandKey: { keyId: answer.command_key.key_id, publicKey: answer.command_key.public_key },
  };
}
