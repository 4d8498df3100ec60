import type { SerialTextConfig } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { DeviceHealth } from "../../ports/device-health.ts";
import { type DisplayError, type DisplayPort, MAX_DISPLAY_TEXT } from "../../ports/display/display-port.ts";
import { foldText, isAscii } from "./fold-text.ts";
import { SerialConnection } from "./serial-connection.ts";
import { wrapped } from "./wrapped.ts";

export interface SerialDisplayOptions {
  readonly config: SerialTextConfig;
  readonly clock: Clock;
  readonly random: Random;
}

/** A text display on a serial port. Shows the last text again when it is back, since it may have been without power. */
export class SerialDisplay implements DisplayPort {
  readonly #config: SerialTextConfig;
  readonly #connection: SerialConnection;
  #text = "";

  constructor({ config, clock, random }: SerialDisplayOptions) {
    this.#config = config;
    this.#connection = new SerialConnection({
      settings: config,
      clock,
      random,
      onBytes: () => {},
      onUp: () => void this.#write(),
    });
  }

  show(_key: string, text: string): Result<void, DisplayError> {
    if (text.length > MAX_DISPLAY_TEXT) return err("text_too_long");
    this.#text = text;
    return this.#write() ? ok(undefined) : err("not_connected");
  }

  health(): DeviceHealth {
    const { connected, lastFault } = this.#connection;
    return { connected, detail: null, lastFault };
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #write(): boolean {
    const { protocol, charset, columns } = this.#config;
    const text = foldText(this.#text, charset === "latin1" ? isLatin1 : isAscii);
    const bytes = protocol === "line" ? `${text}\r\n` : twoRows(text, columns);
    return this.#connection.write(Buffer.from(bytes, "latin1"));
  }
}

function isLatin1(character: string): boolean {
  return isAscii(character) || /^[\u00a0-\u00ff]$/.test(character);
}

/**
 * CD5220 (customer displays of Epson DM-D110's and Firich's kind): CLR, then ESC Q A text CR for the upper row and ESC Q B
 * text CR for the lower one. A text that needs more than two rows is cut.
 */
function twoRows(text: string, columns: number): string {
  const [upper = "", lower = ""] = wrapped(text, columns);
  return `\x0c\x1bQA${upper}\r\x1bQB${lower}\r`;
}
