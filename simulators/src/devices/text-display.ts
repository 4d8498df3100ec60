import { SerialLine } from "./pty.ts";

const [LF, CR, CLR, ESC] = [0x0a, 0x0d, 0x0c, 0x1b];

/** A text display at a serial line: an LED matrix that shows the last line, or a CD5220 display of two rows. */
export class TextDisplay {
  readonly line: SerialLine;
  readonly #protocol: "line" | "cd5220";
  #pending: number[] = [];
  #rows: [string, string] = ["", ""];

  constructor(protocol: "line" | "cd5220") {
    this.#protocol = protocol;
    this.line = new SerialLine((bytes) => {
      for (const byte of bytes) this.#take(byte);
    });
  }

  /** What a driver reads, rows joined by a space. */
  get shown(): string {
    return this.#rows.filter((row) => row !== "").join(" ");
  }

  close(): void {
    this.line.close();
  }

  #take(byte: number): void {
    if (this.#protocol === "cd5220" && byte === CLR) {
      this.#rows = ["", ""];
      return;
    }
    const isEnd = byte === (this.#protocol === "line" ? LF : CR);
    if (!isEnd) return void this.#pending.push(byte);
    const bytes = this.#pending.splice(0);
    if (this.#protocol === "line") this.#rows = [textOf(bytes.filter((one) => one !== CR)), ""];
    else this.#command(bytes);
  }

  /** ESC Q A for the upper row, ESC Q B for the lower one. */
  #command([first, name, row, ...text]: readonly number[]): void {
    if (first !== ESC || name !== 0x51) return;
    if (row === 0x41) this.#rows[0] = textOf(text);
    if (row === 0x42) this.#rows[1] = textOf(text);
  }
}

function textOf(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString("latin1");
}
