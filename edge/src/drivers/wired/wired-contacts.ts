import type { WiredLane } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import type { ContactName, ContactSignal } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { InputPort } from "../../ports/input/input-port.ts";
import { type BoardOf, type WiredInput, watchInputs } from "./wired-inputs.ts";

/**
 * The contacts of a lane. `closed` is the quiet state whatever the wiring is: only the selector of a standby pair is quiet
 * while it is active, for then this agent is the one that may drive the outputs (SAFE-19).
 *
 * A lane whose site file says `fire: none` tells a quiet fire contact with every word of its photo-eye.
 */
export function wiredContacts({ contacts }: Pick<WiredLane, "contacts">, boardOf: BoardOf): InputPort {
  const inputs = Object.entries(contacts).flatMap(([name, point]): WiredInput<ContactName>[] =>
    point === undefined || point === "none" ? [] : [{ name: name as ContactName, point }],
  );
  const hasNoFire = contacts.fire === "none";
  const signal = (name: ContactName, active: boolean): ContactSignal =>
    active === (name === "outputs_enabled") ? "closed" : "open";
  return {
    watch: (sink) =>
      watchInputs(inputs, boardOf, {
        signal,
        sink: {
          sample: (name, state) => {
            sink.sample(name, state);
            if (hasNoFire && name === "photo_eye") sink.sample("fire", "closed");
          },
          holds: () => sink.holds(),
          lost: () => sink.lost(),
        },
      }),
  };
}
