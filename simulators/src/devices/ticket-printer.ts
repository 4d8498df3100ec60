import { SerialLine } from "./pty.ts";

/** What came out of the printer, as a person and a scanner see it. */
export interface PrintedTicket {
  readonly lines: readonly { readonly text: string; readonly bold: boolean }[];
  readonly qr: readonly string[];
  /** How many lines stand above the code; all of them without one. */
  readonly codeAt: number;
  readonly cut: boolean;
}

export type PrinterTrouble = "paper_low" | "paper_out" | "cover_open" | "cutter_jam";

/** Numbers of code pages as Epson's printers have them; the sheet that the driver must get right. */
const CODE_PAGES: Readonly<Record<number, string>> = {
  16: "windows-1252",
  45: "windows-1250",
  46: "windows-1251",
  47: "windows-1253",
};

const [DLE, ESC, FS, GS, LF, CR, EOT] = [0x10, 0x1b, 0x1c, 0x1d, 0x0a, 0x0d, 0x04];

export interface TicketPrinterOptions {
  /** A kiosk printer of CUSTOM's kind, with a presenter and its full status; else one of Epson's kind. */
  readonly presenter: boolean;
}

/**
 * An ESC/POS ticket printer at a serial line: takes the bytes apart as the printer's manual says, and answers questions
 * about itself. It prints nothing while it has no paper, its cover is open or it is jammed; what it has taken in waits.
 */
export class TicketPrinter {
  readonly tickets: PrintedTicket[] = [];
  readonly line: SerialLine;
  readonly #presenter: boolean;
  readonly #troubles = new Set<PrinterTrouble>();
  #powered = true;
  /** Silent as a printer that hangs: takes everything, says nothing. */
  mute = false;
  #tellsChanges = false;
  #ticketOut = false;
  #input: number[] = [];
  /** Print data that waits for paper. */
  #waiting: number[] = [];
  #page = "windows-1252";
  #bold = false;
  #text: number[] = [];
  #row = "";
  #rowBold = false;
  #lines: { text: string; bold: boolean }[] = [];
  #qr: string[] = [];
  #codeAt: number | null = null;
  #qrData = "";

  constructor({ presenter }: TicketPrinterOptions) {
    this.#presenter = presenter;
    this.line = new SerialLine((bytes) => this.#receive(bytes));
  }

  /** Trouble begins; a printer that tells changes tells this one. */
  trouble(what: PrinterTrouble): void {
    this.#troubles.add(what);
    this.#tellChange();
  }

  /** Somebody has mended it. What waited is printed now. */
  mend(): void {
    this.#troubles.clear();
    this.#tellChange();
    this.#print();
  }

  /** The driver takes the ticket out of the presenter. */
  takeTicket(): void {
    this.#ticketOut = false;
  }

  /** The power fails: all that waited is forgotten, nothing is answered until it is back. */
  power(on: boolean): void {
    this.#powered = on;
    this.#input = [];
    this.#waiting = [];
    this.#reset();
  }

  close(): void {
    this.line.close();
  }

  get #stands(): boolean {
    return this.#troubles.has("paper_out") || this.#troubles.has("cover_open") || this.#troubles.has("cutter_jam");
  }

  #receive(bytes: Buffer): void {
    if (!this.#powered) return;
    this.#input.push(...bytes);
    for (let used = this.#realTime(); used > 0; used = this.#realTime()) this.#input.splice(0, used);
    this.#print();
  }

  /** Real-time commands are obeyed at once; everything before them goes to the print data. Returns bytes to drop. */
  #realTime(): number {
    const at = this.#input.indexOf(DLE);
    const data = this.#input.splice(0, at < 0 ? this.#input.length : at);
    this.#waiting.push(...data);
    if (this.#input.length < 3) return 0;
    const [, second, third] = this.#input;
    if (second === EOT) {
      this.#answer(third ?? 0);
      return 3;
    }
    if (second === 0x14 && third === 0x08) {
      if (this.#input.length < 10) return 0;
      this.#waiting = [];
      this.#reset();
      this.#say([0x37, 0x25, 0x00]);
      return 10;
    }
    this.#waiting.push(...this.#input.splice(0, 1));
    return 0;
  }

  #answer(which: number): void {
    if (which === 0x14) {
      if (this.#presenter) this.#say([0x10, 0x0f, ...this.#fullStatus()]);
      return;
    }
    if (this.#presenter) return;
    const has = (what: PrinterTrouble, bit: number): number => (this.#troubles.has(what) ? bit : 0);
    const bits: Readonly<Record<number, number>> = {
      1: this.#stands ? 0x08 : 0,
      2: has("cover_open", 0x04) | has("paper_out", 0x20) | has("cutter_jam", 0x40),
      3: has("cutter_jam", 0x08),
      4: has("paper_low", 0x0c) | has("paper_out", 0x60 | 0x0c),
    };
    this.#say([0x12 | (bits[which] ?? 0)]);
  }

  #fullStatus(): readonly number[] {
    const has = (what: PrinterTrouble, bit: number): number => (this.#troubles.has(what) ? bit : 0);
    const paper = has("paper_out", 0x01) | has("paper_low", 0x04) | (this.#ticketOut ? 0x20 : 0);
    return [paper, has("cover_open", 0x02), 0, has("cutter_jam", 0x01)];
  }

  #tellChange(): void {
    if (!this.#tellsChanges || this.#presenter) return;
    const has = (what: PrinterTrouble, bit: number): number => (this.#troubles.has(what) ? bit : 0);
    const first = 0x10 | (this.#stands ? 0x08 : 0) | has("cover_open", 0x20);
    const third = has("paper_low", 0x03) | has("paper_out", 0x0c | 0x03);
    this.#say([first, has("cutter_jam", 0x08), third, 0x00]);
  }

  #say(bytes: readonly number[]): void {
    if (this.#powered && !this.mute) this.line.write(Uint8Array.from(bytes));
  }

  #print(): void {
    while (!this.#stands && this.#waiting.length > 0) {
      const used = this.#command(this.#waiting);
      if (used === 0) return;
      this.#waiting.splice(0, used);
    }
  }

  /** Carries out the first command; returns its length, 0 when it is not complete yet. */
  #command(bytes: readonly number[]): number {
    switch (bytes[0]) {
      case ESC:
        return this.#escape(bytes);
      case GS:
        return this.#groupSeparator(bytes);
      case FS:
        return bytes.length < 2 ? 0 : 2;
      case LF:
        this.#endRow();
        return 1;
      case CR:
        return 1;
      default:
        this.#text.push(bytes[0] ?? 0);
        return 1;
    }
  }

  #escape([, name, value]: readonly number[]): number {
    if (name === undefined) return 0;
    if (name === 0x40) {
      this.#reset();
      return 2;
    }
    if (value === undefined) return 0;
    this.#flushText();
    if (name === 0x74) this.#page = CODE_PAGES[value] ?? "x-user-defined";
    if (name === 0x45) this.#bold = value === 1;
    return 3;
  }

  #groupSeparator(bytes: readonly number[]): number {
    const [, name, value] = bytes;
    if (name === undefined || value === undefined) return 0;
    if (name === 0x28) return this.#symbol(bytes);
    if (name === 0x56) this.#cut();
    if (name === 0x61) this.#tellsChanges = value !== 0;
    if (name === 0x72) this.#printedAll();
    return 3;
  }

  /** GS ( k: two-dimensional codes. The data is kept with function 80 and printed with function 81. */
  #symbol(bytes: readonly number[]): number {
    if (bytes.length < 5) return 0;
    const length = 5 + (bytes[3] ?? 0) + 256 * (bytes[4] ?? 0);
    if (bytes.length < length) return 0;
    const [type, what] = [bytes[5], bytes[6]];
    if (type === 0x31 && what === 0x50) this.#qrData = Buffer.from(bytes.slice(8, length)).toString("latin1");
    if (type === 0x31 && what === 0x51) {
      this.#codeAt ??= this.#lines.length;
      this.#qr.push(this.#qrData);
    }
    return length;
  }

  #flushText(): void {
    if (this.#text.length === 0) return;
    if (this.#bold) this.#rowBold = true;
    this.#row += new TextDecoder(this.#page).decode(Uint8Array.from(this.#text.splice(0)));
  }

  #endRow(): void {
    this.#flushText();
    const text = this.#row.trim();
    this.#row = "";
    if (text !== "") this.#lines.push({ text, bold: this.#rowBold });
    this.#rowBold = false;
  }

  #cut(): void {
    this.#eject(true);
  }

  /** A printer answers this in order with its data, so it stands for: all before is on paper. */
  #printedAll(): void {
    if (this.#lines.length + this.#qr.length > 0) this.#eject(false);
    this.#say([this.#troubles.has("paper_low") ? 0x03 : 0x00]);
  }

  #eject(cut: boolean): void {
    this.#endRow();
    this.tickets.push({ lines: this.#lines, qr: this.#qr, codeAt: this.#codeAt ?? this.#lines.length, cut });
    this.#lines = [];
    this.#qr = [];
    this.#codeAt = null;
    if (this.#presenter) this.#ticketOut = true;
  }

  #reset(): void {
    this.#page = "windows-1252";
    this.#bold = false;
    this.#text = [];
    this.#row = "";
    this.#lines = [];
    this.#qr = [];
    this.#codeAt = null;
  }
}
