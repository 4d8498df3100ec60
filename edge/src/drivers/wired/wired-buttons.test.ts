import { boardUse } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import { wiring as wiringSchema } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { MemoryBoard } from "./testing/memory-board.ts";
import { SAME_PRESS_MS, watchButtons } from "./wired-buttons.ts";

const on = (channel: number) => ({ board: "a", channel });

function rig() {
  const wiring = wiringSchema.parse({
    driver: "wired",
    barrier: { raise: on(1), lower: on(2), limits: { up: on(10), down: on(11) } },
    loops: { arming: on(12), safety: on(13), closing: on(14) },
    contacts: { photo_eye: on(20), fire: on(21) },
    buttons: { ticket: on(30), help: { ...on(31), active: "open" } },
  });
  if (wiring.driver !== "wired") throw new Error("not wired");
  const clock = new ManualClock();
  const board = new MemoryBoard("a", boardUse("a", [{ wiring }]), clock);
  board.setContact(31, "closed");
  const presses: string[] = [];
  const boards = new Map([["a", board]]);
  const end = watchButtons({ wiring, boards, clock, press: (button) => presses.push(button) });
  const press = (channel: number, forMs = 100): void => {
    const [pressed, released] = channel === 30 ? (["closed", "open"] as const) : (["open", "closed"] as const);
    board.setContact(channel, pressed);
    clock.advance(forMs);
    board.setContact(channel, released);
    clock.advance(10);
  };
  clock.advance(10);
  return { clock, board, presses, press, end };
}

describe("push buttons at a board", () => {
  it("tell each press once, whatever state of the contact means pressed", () => {
    const { clock, presses, press, end } = rig();
    press(30);
    press(31);
    clock.advance(SAME_PRESS_MS);
    press(30);
    end();
    clock.advance(SAME_PRESS_MS);
    press(30);
    expect(presses).toEqual(["ticket", "help", "ticket"]);
  });

  it("tell one press of a contact that bounces", () => {
    const { presses, press } = rig();
    for (let bounce = 0; bounce < 5; bounce++) press(30, 10);
    expect(presses).toEqual(["ticket"]);
  });

  it("tell nothing of a button that is stuck when the board comes or comes back", () => {
    const { clock, board, presses } = rig();
    board.unplug();
    clock.advance(50);
    board.setContact(30, "closed");
    board.plug();
    clock.advance(SAME_PRESS_MS);
    expect(presses).toEqual([]);
  });
});
