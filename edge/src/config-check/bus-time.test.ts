import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type RelayBoardProfile, relayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { lineTimes } from "./bus-time.ts";

const PROFILE = new URL(
  "../../../firmware-configs/devices/relay-boards/waveshare-modbus-rtu-relay-d.yaml",
  import.meta.url,
);
const board: RelayBoardProfile = relayBoardProfile.parse(parse(readFileSync(fileURLToPath(PROFILE), "utf8")));
/** The own time of the bench's boards, ms. */
const ANSWER_MS = 5;

// From a change at an input to the relay that is off, 99.9 % of 2,100 obstructions, `npm run bench -- modbus`, a quiet machine.
it.each([
  [19_200, 1, 45.7],
  [115_200, 1, 39.7],
  [115_200, 2, 33.9],
] as const)(
  "Verifies: SAFE-04: at %i with %i board(s) reckons with about the %f ms that were measured",
  (baud, count, measuredMs) => {
    const line = {
      driver: "modbus_rtu",
      id: "b",
      profile: board.name,
      path: "/dev/x",
      baud,
      parity: "none",
      unit: 1,
    } as const;
    const times = lineTimes(line, Array(count).fill(board), () => ANSWER_MS);
    const worstMs = times.readMs + times.knownMs + times.orderMs;
    expect(worstMs).toBeGreaterThan(measuredMs - ANSWER_MS);
    expect(worstMs).toBeLessThan(2 * measuredMs);
  },
);
