import { type Site, site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { describe, expect, it } from "vitest";
import { TEST_SITE } from "../local-api/testing/agent-view.ts";
import { withCameraSecrets } from "./camera-secrets.ts";

function siteWith(...cameras: readonly object[]): Site {
  const [lane] = TEST_SITE.lanes;
  return siteSchema.parse({ ...TEST_SITE, lanes: [{ ...lane, cameras }] });
}

const PUSHED = { id: "cam-a", format: "axis", secret: "env:CAM_A" };
const PULLED = {
  id: "cam-b",
  format: "dahua",
  transport: "pull",
  url: "http://192.0.2.1",
  user: "u",
  password: "env:CAM_B",
};

describe("secrets of cameras", () => {
  it("come from the environment where the file says so, and from the file where not", () => {
    const site = siteWith(PUSHED, PULLED, { id: "cam-c", format: "unifi", secret: "written in the file" });
    const { lanes } = withCameraSecrets(site, { CAM_A: "sixteen characters", CAM_B: "pw" });
    expect(lanes[0]?.cameras).toMatchObject([
      { secret: "sixteen characters" },
      { password: "pw" },
      { secret: "written in the file" },
    ]);
  });

  it.each<[string, object, Record<string, string>, string]>([
    ["isn't set", PUSHED, {}, "The secret of camera cam-a is in CAM_A, which isn't set."],
    [
      "is too short",
      PUSHED,
      { CAM_A: "short" },
      "The secret of camera cam-a is in CAM_A, which has fewer than 16 characters.",
    ],
    ["is empty", PULLED, { CAM_B: "" }, "The password of camera cam-b is in CAM_B, which is empty."],
  ])("are missed when the variable %s", (_what, camera, environment, message) => {
    expect(() => withCameraSecrets(siteWith(camera), environment)).toThrow(message);
  });
});
