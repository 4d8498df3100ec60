import type { Video } from "@gatehouse/shared/contracts/config/site/video.ts";

/**
 * How ffmpeg is told where its picture comes from. An address on the command line would show the camera's password to
 * everybody who lists processes, so the address goes through standard input, as a list for ffmpeg's concat reader.
 */
export const INPUT_ARGUMENTS: readonly string[] = [
  ...["-f", "concat", "-safe", "0"],
  ...["-protocol_whitelist", "pipe,rtsp,rtsps,rtp,tcp,udp,tls,crypto"],
  ...["-i", "pipe:0"],
];

/** Only what went wrong is said, for `causeOf`. */
const SILENT_ARGUMENTS = ["-hide_banner", "-nostats", "-loglevel", "error"];

/** Microseconds without an answer after which ffmpeg gives a camera up (option `timeout` of its RTSP reader). */
const SILENCE_MAX_US = 5_000_000;

/** The text for standard input. TCP, since lost UDP packets smear a plate. */
export function concatList(video: Pick<Video, "url" | "user" | "password">): string {
  return [
    "ffconcat version 1.0",
    `file '${quoted(streamAddress(video))}'`,
    "option rtsp_transport tcp",
    `option timeout ${SILENCE_MAX_US}`,
    "",
  ].join("\n");
}

/** Arguments that write a picture every so often to standard output, one JPEG after the other. */
export function jpegArguments({ frames_per_second, width }: Pick<Video, "frames_per_second" | "width">): string[] {
  const filter = `fps=${frames_per_second},scale='min(${width},iw)':-2:out_range=pc`;
  const picture = ["-an", "-c:v", "mjpeg", "-q:v", "5", "-vf", filter, "-f", "image2pipe", "pipe:1"];
  return [...SILENT_ARGUMENTS, ...INPUT_ARGUMENTS, ...picture];
}

/** The address with name and password in it, escaped as in RFC 3986, 3.2.1. */
function streamAddress({ url, user, password }: Pick<Video, "url" | "user" | "password">): string {
  if (user === undefined) return url;
  const login = [user, ...(password === undefined ? [] : [password])].map(escaped).join(":");
  return url.replace(/^(rtsps?:\/\/)/, `$1${login}@`);
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** ffconcat's quoting: a quote ends the text, stands escaped, and begins it again. */
function quoted(text: string): string {
  return text.replaceAll("'", "'\\''");
}
