import type { Environment } from "@gatehouse/shared/contracts/config/environment.ts";
import type { SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { Site } from "@gatehouse/shared/contracts/config/site/site.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";

const REFERENCE = /^env:(.+)$/;
/** Shortest secret of a camera that sends to us, wherever it comes from. */
const SECRET_MIN = 16;

/**
 * The site with the cameras' secrets in place of the variables that hold them (`env:NAME`). Throws GatehouseError
 * `bad_config` that names camera and variable, never a secret.
 */
export function withCameraSecrets(site: Site, environment: Environment): Site {
  const lanes = site.lanes.map((lane) => ({
    ...lane,
    cameras: lane.cameras.map((camera) => withSecrets(camera, environment)),
  }));
  return { ...site, lanes };
}

function withSecrets(camera: SiteCamera, environment: Environment): SiteCamera {
  const look = (key: string, text: string, min: number): string => {
    const name = REFERENCE.exec(text)?.[1];
    if (name === undefined) return text;
    const value = environment[name];
    if (value !== undefined && value.length >= min) return value;
    const what = value === undefined ? "isn't set" : min === 1 ? "is empty" : `has fewer than ${min} characters`;
    throw new GatehouseError("bad_config", `The ${key} of camera ${camera.id} is in ${name}, which ${what}.`);
  };
  const found = { ...camera };
  if ("secret" in found && found.secret !== undefined) found.secret = look("secret", found.secret, SECRET_MIN);
  if ("password" in found && found.password !== undefined) found.password = look("password", found.password, 1);
  if ("video" in found && found.video?.password !== undefined)
    found.video = { ...found.video, password: look("video password", found.video.password, 1) };
  return found;
}
