import { fileURLToPath } from "node:url";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import VideoStream from "node-rtsp-stream";

/*
 * A process around node-rtsp-stream: it dies when ffmpeg does, never restarts, and knows no login, so it gets a process of its
 * own, a local socket in a private folder in place of a port, and ffmpeg without the password on its command line.
 *
 *   smooth-view-child.ts SOCKET WIDTH     with GATEHOUSE_VIDEO_INPUT and GATEHOUSE_VIDEO_ARGUMENTS in the environment
 */

/** MPEG-1 knows only some rates; ffmpeg ends at once on a camera's 15 or 12 a second unless told one of them. */
const FRAMES_PER_SECOND = 25;
/** What may wait for a viewer that reads too slowly, bytes. */
const MAX_UNREAD_BYTES = 4_194_304;
const UNREAD_CHECK_MS = 1_000;

const [, , socketPath, width] = process.argv;
if (socketPath === undefined || width === undefined) throw new Error("Give SOCKET and WIDTH.");

const view = new VideoStream({
  name: "lane",
  streamUrl: "given-by-environment",
  wsPort: socketPath,
  ffmpegPath: fileURLToPath(new URL("./ffmpeg-from-environment.sh", import.meta.url)),
  ffmpegOptions: {
    "-an": "",
    "-r": FRAMES_PER_SECOND,
    "-vf": `scale='min(${width},iw)':-2`,
    "-b:v": "1500k",
    "-bf": 0,
    "-q:v": 6,
  },
});

view.wsServer.on("listening", () => process.send?.("ready"));
view.stream.on("exit", (code) => process.exit(code === 0 ? 1 : (code ?? 1)));
systemClock().every(UNREAD_CHECK_MS, () => {
  for (const viewer of view.wsServer.clients) if (viewer.bufferedAmount > MAX_UNREAD_BYTES) viewer.terminate();
});

/** Also when the agent was killed: nobody is left to watch. */
process.on("disconnect", () => {
  view.stream.kill("SIGKILL");
  process.exit(0);
});
