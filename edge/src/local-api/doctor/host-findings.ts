import type { Finding } from "../contract.ts";
import type { HostFacts } from "../device-view.ts";
import { fault, fine, warning } from "./fine.ts";

/** The firmware of a Raspberry Pi slows down at 80 and hard at 85 degrees (its documentation, frequency management). */
const CPU_HOT_CELSIUS = 80;
const SOCKET_MODE = 0o660;

/** The computer that the agent runs on; `hasGpio`: relays of the site are at its own lines. */
export function hostFindings(host: HostFacts, hasGpio: boolean): readonly Finding[] {
  const lines = hasGpio ? gpioLines(host) : [];
  return [watchdog(host), ...temperature(host), ...supply(host), ...lines, ...socket(host), debts(host)];
}

/** SAFE-11: without a timed pulse of a board, only the kernel can let go of a dead process's relays. */
function gpioLines({ gpioKeepsLevels }: HostFacts): readonly Finding[] {
  if (gpioKeepsLevels === null) return [];
  if (!gpioKeepsLevels) return [fine("gpio", "GPIO lines let go when the agent dies.")];
  return [
    fault(
      "gpio",
      "GPIO lines keep their level when the agent dies: a relay that is on stays on until the agent is back.",
      "Write dtparam=strict_gpiod into /boot/firmware/config.txt and restart the computer; each relay input needs its resistor to off.",
    ),
  ];
}

function watchdog({ watchdog: kind }: HostFacts): Finding {
  if (kind === "none")
    return warning(
      "watchdog",
      "No watchdog looks after this agent.",
      "Run it by its systemd unit (WatchdogSec) and switch the computer's own watchdog on; without one nothing restarts what hangs.",
    );
  return fine("watchdog", `A watchdog looks after this agent (${kind}).`);
}

function temperature({ cpuCelsius }: HostFacts): readonly Finding[] {
  if (cpuCelsius === null) return [];
  if (cpuCelsius < CPU_HOT_CELSIUS) return [fine("temperature", `The processor has ${cpuCelsius} °C.`)];
  return [
    warning(
      "temperature",
      `The processor has ${cpuCelsius} °C and slows itself down.`,
      "Shade or air the cabinet, clean its filter, or fit a heat sink.",
    ),
  ];
}

function supply({ undervoltage }: HostFacts): readonly Finding[] {
  switch (undervoltage) {
    case null:
      return [];
    case "never":
      return [fine("supply", "The supply voltage was good since the start.")];
    case "now":
    case "since_boot":
      return [
        fault(
          "supply",
          `The supply voltage ${undervoltage === "now" ? "is too low now" : "was too low since the start"}.`,
          "Change the power supply or its cable; low voltage corrupts cards and drops relays.",
        ),
      ];
  }
}

function socket({ socketMode }: HostFacts): readonly Finding[] {
  if (socketMode === SOCKET_MODE) return [fine("socket", "The local socket is for the agent's group only.")];
  const seen = socketMode === null ? "is gone" : `has mode ${socketMode.toString(8).padStart(4, "0")}`;
  return [
    fault(
      "socket",
      `The local socket ${seen}; it should have 0660.`,
      "Who may open it may open gates. Restart the agent, and look who changed it.",
    ),
  ];
}

function debts({ debtsWaiting }: HostFacts): Finding {
  if (debtsWaiting === 0) return fine("debts", "No passage waits to be booked.");
  return warning(
    "debts",
    `${debtsWaiting} ${debtsWaiting === 1 ? "passage waits" : "passages wait"} in the file of debts.`,
    "They are booked by themselves when the store works; see the finding on the store. Don't delete the folder `fallback`.",
  );
}
