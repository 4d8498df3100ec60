import type { EscposConfig } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import { printedTicketCode } from "@gatehouse/shared/domain/ticket/ticket-code.ts";
import type { TicketPrint } from "../../ports/printer/printer-port.ts";
import { foldText, isAscii } from "./fold-text.ts";
import { wrapped } from "./wrapped.ts";

type CodePage = "windows1252" | "windows1250" | "windows1251" | "windows1253";

/** Code pages that each maker's printers number in common; what none of them has is written plainly. */
const CODE_PAGES: Readonly<Record<EscposConfig["code_pages"], readonly CodePage[]>> = {
  epson: ["windows1252", "windows1250", "windows1251", "windows1253"],
  "epson/legacy": ["windows1252"],
  bixolon: ["windows1252", "windows1250", "windows1251"],
  citizen: ["windows1252"],
  xprinter: ["windows1252", "windows1251"],
  "pos-8360": ["windows1252", "windows1250", "windows1251"],
};

/** Dots in a module of the QR code: about 0.75 mm at 203 dpi, read from an arm's length. */
const QR_MODULE_DOTS = 6;
/** Lines that are fed before the cut, so that the knife does not meet the text. */
const FEED_BEFORE_CUT = 4;

/**
 * A ticket as bytes for an ESC/POS printer: the lines, the first one in bold, the code as QR (error level Q: a creased
 * ticket must still be read) and below it in groups of four, then the cut. The encoder is loaded with the first ticket.
 */
export async function encodeTicket({ code, lines }: TicketPrint, config: EscposConfig): Promise<Uint8Array> {
  const { default: Encoder } = await import("@point-of-sale/receipt-printer-encoder");
  const pages = CODE_PAGES[config.code_pages];
  const known = knownBy(pages);
  const encoder = new Encoder({
    language: "esc-pos",
    columns: config.columns,
    codepageMapping: config.code_pages,
    codepageCandidates: [...pages],
    feedBeforeCut: FEED_BEFORE_CUT,
  });
  encoder.initialize().codepage("auto").align("center");
  for (const [at, line] of lines.entries()) {
    for (const row of wrapped(foldText(line, known), config.columns))
      encoder
        .bold(at === 0)
        .line(row)
        .bold(false);
  }
  encoder.newline().qrcode(code, { model: 2, size: QR_MODULE_DOTS, errorlevel: "q" });
  for (const row of wrapped(printedTicketCode(code), config.columns)) encoder.line(row);
  if (config.cut !== "none") encoder.cut(config.cut);
  return encoder.encode();
}

function knownBy(pages: readonly CodePage[]): (character: string) => boolean {
  const high = Uint8Array.from({ length: 128 }, (_, at) => at + 128);
  const labels = pages.map((page) => page.replace("windows", "windows-"));
  const characters = new Set(labels.flatMap((label) => [...new TextDecoder(label).decode(high)]));
  return (character) => isAscii(character) || characters.has(character);
}
