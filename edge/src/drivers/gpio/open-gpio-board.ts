import { closeSync } from "node:fs";
import { createRequire } from "node:module";
import type { GpioBoard as GpioBoardConfig } from "@gatehouse/shared/contracts/config/site/boards.ts";
import type { Channel } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { BoardPort } from "../../ports/board/board-port.ts";
import { systemCalls } from "../kernel/system-calls.ts";
import { chardevBackend } from "./chardev/chardev-lines.ts";
import { type ChipPlace, lineInfo, offsetOf, openChip } from "./chardev/chips.ts";
import { GpioBoard } from "./gpio-board.ts";
import { type GpioBackend, GpioError } from "./gpio-lines.ts";
import { onoffBackend } from "./sysfs/onoff-lines.ts";

export interface OpenGpioBoard {
  readonly config: GpioBoardConfig;
  /** Channels that the site's points use as outputs. */
  readonly outputs: readonly Channel[];
  readonly inputs: readonly Channel[];
  readonly clock: Clock;
}

/**
 * Opens a site's GPIO board. Never throws: a chip that is not there, a line that another program has, or a machine that
 * can't do it at all is told by `health()`, and tried again each second.
 */
export function openGpioBoard(options: OpenGpioBoard): BoardPort {
  return new GpioBoard({ ...options, backend: lazily(() => backendOf(options)) });
}

function backendOf({ config, clock }: OpenGpioBoard): GpioBackend {
  const place: ChipPlace = { calls: systemCalls(), devices: "/dev" };
  switch (config.backend) {
    case "chardev":
      return chardevBackend(place);
    case "sysfs":
      return sysfsBackend(place, clock);
  }
}

/** onoff comes with the agent but is asked for only here: no other lot needs it to start. */
function sysfsBackend(place: ChipPlace, clock: Clock): GpioBackend {
  try {
    const load = createRequire(import.meta.url);
    const { Gpio } = load("onoff") as typeof import("onoff");
    // The one that onoff itself gets.
    const { Epoll } = createRequire(load.resolve("onoff"))("epoll") as typeof import("./sysfs/epoll/epoll.ts");
    const pump = (): void => Epoll.pump(place.calls);
    return onoffBackend({ Gpio, pump, calls: place.calls, clock, ownerOf: (chip, line) => ownerOf(place, chip, line) });
  } catch (cause) {
    const message = `The package onoff can't be loaded (${errorMessage(cause)}). Write backend: chardev in the site file.`;
    throw new GpioError("gpio_unsupported", message, { cause });
  }
}

function ownerOf(place: ChipPlace, chip: string, line: Channel): string | null {
  try {
    const open = openChip(place, chip);
    try {
      return lineInfo(place.calls, open, offsetOf(place.calls, open, line)).consumer || null;
    } finally {
      closeSync(open.fd);
    }
  } catch {
    return null;
  }
}

function lazily(make: () => GpioBackend): GpioBackend {
  let made: GpioBackend | null = null;
  return {
    open(wish) {
      made ??= make();
      return made.open(wish);
    },
  };
}
