import { describe, expect, it } from "vitest";
import { concatList, jpegArguments } from "./ffmpeg-input.ts";
import { causeOf } from "./ffmpeg-process.ts";

describe("ffmpeg's input", () => {
  it("carries name and password escaped, in the list and nowhere else", () => {
    const video = { url: "rtsp://10.0.0.5:554/s1?x=1", user: "o'neil", password: "a@b:c/d'e" };
    expect(concatList(video).split("\n")[1]).toBe("file 'rtsp://o%27neil:a%40b%3Ac%2Fd%27e@10.0.0.5:554/s1?x=1'");
    expect(jpegArguments({ frames_per_second: 5, width: 640 }).join(" ")).not.toMatch(/rtsp:\/\//);
  });

  it("quotes an address that holds a quote, so that it can't add options of its own", () => {
    const list = concatList({ url: "rtsp://h/a'b" });
    expect(list.split("\n")[1]).toBe("file 'rtsp://h/a'\\''b'");
  });

  it("tells a refused password from a camera that isn't there", () => {
    expect(causeOf("method DESCRIBE failed: 401 Unauthorized")).toBe("not_authorised");
    expect(causeOf("Connection refused")).toBe("unreachable");
    expect(causeOf("")).toBe("unreachable");
  });
});
