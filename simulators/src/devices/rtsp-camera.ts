import { execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("./rtsp-camera.py", import.meta.url));
/** Debian's GStreamer belongs to Debian's Python. */
const PYTHON = "/usr/bin/python3";
const PARTS = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer";

export interface RtspCameraOptions {
  /** 0 takes a free port. */
  readonly port?: number;
  readonly framesPerSecond?: number;
  readonly login?: { readonly user: string; readonly password: string };
}

export interface RtspCamera {
  readonly url: string;
  readonly port: number;
  /** Pulls the plug. */
  stop(): Promise<void>;
}

/** What is missing for a real RTSP source and a reader of it, or null when all is there. */
export function missingForRtsp(): string | null {
  const works = (command: string, ...args: string[]): boolean => {
    try {
      execFileSync(command, args, { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  };
  if (!works("ffmpeg", "-version")) return "ffmpeg isn't installed";
  if (!works(PYTHON, "-c", PARTS)) return "gir1.2-gst-rtsp-server-1.0 and python3-gi aren't installed";
  return works("gst-inspect-1.0", "x264enc") || works(PYTHON, "-c", encoderProbe())
    ? null
    : "gstreamer1.0-plugins-ugly isn't installed";
}

/** Starts a camera on the loopback address. Rejects when it does not come up. */
export function startRtspCamera({ port = 0, framesPerSecond = 15, login }: RtspCameraOptions): Promise<RtspCamera> {
  const args = [PROGRAM, String(port), String(framesPerSecond), ...(login ? [login.user, login.password] : [])];
  const camera = spawn(PYTHON, args, { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => camera.once("close", () => resolve()));
  const stop = (): Promise<void> => {
    camera.kill("SIGKILL");
    return ended;
  };
  return new Promise((resolve, reject) => {
    let complaint = "";
    camera.stderr.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2_000);
    });
    camera.once("error", reject);
    camera.once("close", () => reject(new Error(`The camera did not start: ${complaint}`)));
    camera.stdout.once("data", (chunk: Buffer) => {
      const bound = Number(chunk.toString().trim());
      resolve({ url: `rtsp://127.0.0.1:${bound}/lane`, port: bound, stop });
    });
  });
}

function encoderProbe(): string {
  return [
    "import gi, sys; gi.require_version('Gst', '1.0'); from gi.repository import Gst",
    "Gst.init(None); sys.exit(0 if Gst.ElementFactory.find('x264enc') else 1)",
  ].join("\n");
}
