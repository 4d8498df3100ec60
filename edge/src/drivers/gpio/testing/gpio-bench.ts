import { createRequire } from "node:module";
import { board } from "@gatehouse/shared/contracts/config/site/boards.ts";
import type { Channel, ContactState } from "@gatehouse/shared/contracts/config/site/points.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { processClock } from "../../../guard/process-clock.ts";
import type { BoardBench } from "../../../ports/board/conformance.ts";
import { type SystemCalls, systemCalls } from "../../kernel/system-calls.ts";
import { chardevBackend } from "../chardev/chardev-lines.ts";
import { FLAG, GET_LINE, GET_VALUES, SET_VALUES } from "../chardev/uapi.ts";
import { GpioBoard } from "../gpio-board.ts";
import type { GpioBackend } from "../gpio-lines.ts";
import { onoffBackend } from "../sysfs/onoff-lines.ts";
import { SimChip } from "./sim-chip.ts";

const OUT = [3, 4] as const;
const IN = [5, 6] as const;

type Asked = ("off" | "on" | "read")[];

/** The agent's driver on a simulated chip of this kernel. Relays are on when high; a closed contact draws its line low. */
export function gpioBench(backend: "chardev" | "sysfs"): BoardBench {
  const chip = new SimChip("bench");
  for (const offset of IN) chip.pull(offset, "high");
  const asked: Asked = [];
  const clock = processClock();
  const config = board.parse({
    driver: "gpio",
    id: "bench",
    chip: chip.label,
    backend,
    bias: "external",
    debounce_ms: 0,
  });
  if (config.driver !== "gpio") throw new Error("not a GPIO board");
  const made = backend === "chardev" ? chardev(asked) : sysfs(asked);
  const port = new GpioBoard({ config, outputs: OUT, inputs: IN, backend: made, clock });
  return {
    port,
    out: OUT,
    in: IN,
    asked,
    isOn: (output) => chip.isHigh(number(output)),
    setContact: (input, state: ContactState) => chip.pull(number(input), state === "closed" ? "low" : "high"),
    unplug: () => chip.unplug(),
    plug() {
      asked.length = 0;
      chip.plug();
      for (const offset of IN) chip.pull(offset, "high");
    },
    wait: (ms) => sleep(clock, ms),
    async end() {
      await port.close();
      chip.remove();
    },
  };
}

function number(channel: Channel): number {
  return Number(channel);
}

/** The character device; notes what passes to the kernel. */
function chardev(asked: Asked): GpioBackend {
  const real = systemCalls();
  const calls: SystemCalls = {
    ...real,
    ioctl(fd, request, data) {
      if (request === GET_LINE) {
        const isOutput = (data.readBigUInt64LE(288) & BigInt(FLAG.output)) !== 0n;
        asked.push(isOutput ? "off" : "read");
      }
      if (request === GET_VALUES) asked.push("read");
      if (request === SET_VALUES) asked.push(data.readBigUInt64LE(0) === 0n ? "off" : "on");
      real.ioctl(fd, request, data);
    },
  };
  return chardevBackend({ calls, devices: "/dev" });
}

/** The package onoff; notes what is asked of it. */
function sysfs(asked: Asked): GpioBackend {
  const load = createRequire(import.meta.url);
  const { Gpio } = load("onoff") as typeof import("onoff");
  const { Epoll } = createRequire(load.resolve("onoff"))("epoll");
  class NotedGpio extends Gpio {
    constructor(...words: ConstructorParameters<typeof Gpio>) {
      if (words[1] === "low") asked.push("off");
      super(...words);
    }
    override writeSync(value: 0 | 1): void {
      asked.push(value === 0 ? "off" : "on");
      super.writeSync(value);
    }
    override readSync(): 0 | 1 {
      if (this.direction() === "in") asked.push("read");
      return super.readSync();
    }
  }
  const calls = systemCalls();
  const pump = (): void => Epoll.pump(calls);
  return onoffBackend({ Gpio: NotedGpio, pump, calls, clock: processClock(), ownerOf: () => null });
}
