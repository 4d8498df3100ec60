import { openMqttSession } from "./mqtt-session.ts";
import type { HubSession, HubSessionRequest } from "./session-port.ts";
import { openTlsSocket } from "./tls-socket.ts";

/**
 * Connects to the hub by MQTT over mutual TLS, as the identity's `mqttUrl` says. Rejects with a `LinkError` of code
 * `network_unreachable`, `tls_refused`, `broker_refused` or `subscription_refused`.
 */
export async function openHubSession(request: HubSessionRequest): Promise<HubSession> {
  const { identity, clock, signal, certificateTime, ...session } = request;
  const url = identity.mqttUrl;
  const timeoutMs = session.connectTimeoutMs;
  const socket = await openTlsSocket({ identity, url, clock, timeoutMs, signal, certificateTime });
  return openMqttSession({ ...session, socket, address: new URL(url).host, deviceId: identity.deviceId });
}
