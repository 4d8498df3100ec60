import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { boardConformance } from "../../../ports/board/conformance.ts";
import { MemoryBoard } from "./memory-board.ts";

boardConformance("a board in memory", () => {
  const clock = systemClock();
  const channels = [1, 2] as const;
  const port = new MemoryBoard("memory", { outputs: channels, inputs: channels }, clock);
  return Promise.resolve({
    port,
    out: channels,
    in: channels,
    isOn: (output) => port.on.has(output),
    setContact: (input, state) => port.setContact(input, state),
    unplug: () => port.unplug(),
    plug: () => port.plug(),
    asked: port.asked,
    wait: (ms) => sleep(clock, ms),
    end: () => port.close(),
  });
});
