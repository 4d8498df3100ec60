import type { PushedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { PostMessage } from "./lpr-camera.ts";

const POST_TIMEOUT_MS = 3_000;

/** Posts a camera's messages to the agent's LPR endpoint, with what the site file says that it proves itself by. */
export function postToAgent(agentUrl: string, camera: Pick<PushedCamera, "id" | "trust" | "secret">): PostMessage {
  const { id, trust, secret = "" } = camera;
  const base = `${agentUrl.replace(/\/$/, "")}/lpr/${id}${trust === "path" ? `/${secret}` : ""}`;
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  return async ({ contentType, body, path }) => {
    const response = await fetch(path === undefined ? base : `${base}/${path}`, {
      method: "POST",
      headers: { "content-type": contentType, ...(trust === "basic" ? { authorization } : {}) },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (!response.ok) {
      throw new GatehouseError("camera_post_refused", `The agent answered ${response.status} to camera ${id}.`);
    }
  };
}
