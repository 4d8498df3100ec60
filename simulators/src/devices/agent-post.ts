import type { SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { PostMessage } from "./lpr-camera.ts";

const POST_TIMEOUT_MS = 3_000;

/** Posts a camera's messages to the agent's LPR endpoint, with HTTP Basic as the site file says. */
export function postToAgent(agentUrl: string, camera: Pick<SiteCamera, "id" | "secret">): PostMessage {
  const url = new URL(`lpr/${camera.id}`, agentUrl.endsWith("/") ? agentUrl : `${agentUrl}/`);
  const authorization = `Basic ${Buffer.from(`${camera.id}:${camera.secret}`).toString("base64")}`;
  return async ({ contentType, body }) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": contentType, authorization },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (!response.ok) {
      throw new GatehouseError("camera_post_refused", `The agent answered ${response.status} to camera ${camera.id}.`);
    }
  };
}
