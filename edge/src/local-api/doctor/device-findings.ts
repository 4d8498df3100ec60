import { HOUR_MS, SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { CameraHealth } from "../../cameras/camera-health.ts";
import type { PeripheralHealth } from "../../peripherals/health.ts";
import type { AgentView } from "../agent-view.ts";
import type { Finding } from "../contract.ts";
import type { BoardHealth } from "../device-view.ts";
import { fault, fine, warning } from "./fine.ts";

/** A camera without any message for so long is worth a look; most send a sign of life much more often. */
const CAMERA_SILENT_MS = 12 * HOUR_MS;
/** More than this and a picture no longer fits its passage. */
const CAMERA_CLOCK_OFF_MS = 30 * SECOND_MS;

/** Cameras: silent, refused, not understood, with a wrong clock. */
export function cameraFindings(view: AgentView): readonly Finding[] {
  const now = view.clock.wall();
  const findings = view.cameras.health().flatMap((camera) => oneCamera(camera, now));
  const last = view.rejected.latest().at(-1);
  if (!last) return [...findings, fine("cameras", "Every camera message was understood.")];
  return [
    ...findings,
    warning(
      "cameras",
      `${view.rejected.total} camera messages were not understood; the last from ${last.cameraId}: ${last.message}`,
      "Compare the camera's format with the site file, and look at its excerpt in `gate doctor --json`.",
    ),
  ];
}

function oneCamera(camera: CameraHealth, now: number): readonly Finding[] {
  const { cameraId, lane, link, lastMessageAt, unauthorised, clockOffsetMs } = camera;
  const id = `camera.${cameraId}`;
  const name = `Camera ${cameraId} (lane ${lane})`;
  const findings: Finding[] = [];
  if (link.state === "down")
    findings.push(
      fault(`${id}.link`, `${name}: ${link.message}`, "Check its power, cable and address in the site file."),
    );
  if (unauthorised > 0)
    findings.push(
      fault(
        `${id}.secret`,
        `${name}: ${unauthorised} messages had a wrong secret or came from a wrong address.`,
        "Enter the secret of the site file in the camera; if it is right there, somebody else sends in its name.",
      ),
    );
  if (lastMessageAt === null)
    findings.push(
      warning(
        `${id}.silent`,
        `${name} has sent nothing since the agent started.`,
        `Drive a vehicle before it, or run: gate camera test ${cameraId}`,
      ),
    );
  else if (now - lastMessageAt > CAMERA_SILENT_MS)
    findings.push(
      warning(
        `${id}.silent`,
        `${name} has sent nothing for ${Math.floor((now - lastMessageAt) / HOUR_MS)} hours.`,
        `Check its power and network, then: gate camera test ${cameraId}`,
      ),
    );
  if (clockOffsetMs !== null && Math.abs(clockOffsetMs) > CAMERA_CLOCK_OFF_MS)
    findings.push(
      warning(
        `${id}.clock`,
        `${name}: its clock is ${Math.round(Math.abs(clockOffsetMs) / SECOND_MS)} s ${clockOffsetMs > 0 ? "ahead" : "behind"}.`,
        "Set its time server and time zone. Its reads count all the same; its own stamps on pictures are wrong.",
      ),
    );
  return findings.length > 0 ? findings : [fine(id, `${name} works: ${camera.reads} reads.`)];
}

/** Relay and input boards, detectors on a wire. */
export function boardFindings(boards: readonly BoardHealth[]): readonly Finding[] {
  return boards.map(({ id, driver, connected, lastFault }) =>
    connected
      ? fine(`board.${id}`, `Board ${id} (${driver}) answers.`)
      : fault(
          `board.${id}`,
          `Board ${id} (${driver}) does not answer${lastFault === null ? "" : `: ${lastFault.message}`}.`,
          "Check its power, bus wires, address and termination. Its lanes can't be lowered until it answers.",
        ),
  );
}

const PRINTER_TROUBLE: Readonly<Record<string, readonly ["fault" | "warning", string, string]>> = {
  paper_low: ["warning", "has little paper left", "Put a new roll in soon."],
  paper_out: [
    "fault",
    "is out of paper",
    "Put a new roll in; until then vehicles are sent to another lane or to an operator.",
  ],
  jammed: ["fault", "is jammed or open", "Open it, take the paper out, close the cover."],
  offline: ["fault", "does not answer", "Check its power and cable."],
};

/** What stands at the lanes beside the barrier. */
export function peripheralFindings(peripherals: readonly PeripheralHealth[]): readonly Finding[] {
  return peripherals.map((device) => {
    const { kind, id, lane, connected, detail, lastFault } = device;
    const key = `${kind}.${lane}.${id}`;
    const name = `Lane ${lane}: ${kind} ${id === kind ? "" : `${id} `}`.trimEnd();
    const trouble = kind === "printer" && detail !== null ? PRINTER_TROUBLE[detail] : undefined;
    if (trouble) return { id: key, level: trouble[0], message: `${name} ${trouble[1]}.`, advice: trouble[2] };
    if (connected) return fine(key, `${name} answers.`);
    return fault(
      key,
      `${name} does not answer${lastFault === null ? "" : `: ${lastFault.message}`}.`,
      "Check its power and cable, and its address in the site file.",
    );
  });
}
