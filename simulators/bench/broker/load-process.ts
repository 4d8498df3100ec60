import { later } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { obey } from "../edges/asked-process.ts";
import { LoadDevice } from "./load-device.ts";
import type { LoadAnswer, LoadOrder } from "./messages.ts";

// The devices of the bench, in a process of their own.
const clock = systemClock();
const devices: LoadDevice[] = [];
/** Handshakes at the same time. */
const CONNECT_AT_ONCE = 20;

obey<LoadOrder, LoadAnswer>(async (order) => {
  switch (order.kind) {
    case "connect":
      devices.push(...order.identities.map((identity) => new LoadDevice(identity, clock)));
      await connectAll();
      break;
    case "publish":
      await Promise.all(devices.map((device) => device.publish(later(clock.mono(), order.ms))));
      break;
    case "settle":
      await Promise.all(devices.map((device) => device.settle(later(clock.mono(), order.ms))));
      break;
    case "stop":
      await Promise.all(devices.map((device) => device.end()));
      break;
  }
  const sum = (of: (device: LoadDevice) => number): number => devices.reduce((all, device) => all + of(device), 0);
  return {
    made: sum((device) => device.made),
    confirmed: sum((device) => device.confirmed),
    acknowledged: sum((device) => device.acknowledged),
    cut: sum((device) => device.cut),
  };
});

async function connectAll(): Promise<void> {
  const waiting = [...devices];
  const work = Array.from({ length: CONNECT_AT_ONCE }, async () => {
    for (let device = waiting.pop(); device; device = waiting.pop()) await device.connect();
  });
  await Promise.all(work);
}
