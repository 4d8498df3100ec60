import type { PrintedTicket } from "./ticket-printer.ts";

/** Width of a character of font A and distance of rows, dots (ESC/POS: 12 by 24 dots, 30 dots from row to row). */
const [CHARACTER_DOTS, ROW_DOTS] = [12, 30];
const MARGIN_DOTS = 40;
const QR_MODULE_DOTS = 6;
/** Bytes that a QR code of versions 1, 2, ... holds at error level Q (ISO/IEC 18004, table 7). */
const QR_BYTES = [11, 20, 32, 46, 60, 74, 86, 108, 130, 151];

/**
 * A ticket as a picture (SVG), for people who want to see what drivers get. One user unit is a dot of the print head
 * (203 dpi). The code is drawn as an empty square of its true size; what is in it stands inside.
 */
export function ticketPicture(ticket: PrintedTicket, columns: number): string {
  const width = columns * CHARACTER_DOTS + 2 * MARGIN_DOTS;
  const codes = ticket.qr.length;
  const above = ticket.lines.slice(0, ticket.codeAt);
  const below = ticket.lines.slice(ticket.codeAt);
  const sides = ticket.qr.map(qrSideDots);
  const codeTop = MARGIN_DOTS + (above.length + 1) * ROW_DOTS;
  const belowTop = codeTop + (sides[0] ?? 0) + (codes > 0 ? ROW_DOTS : 0);
  const height = belowTop + below.length * ROW_DOTS + MARGIN_DOTS;
  const parts = [
    ...above.map((line, at) => row(line, MARGIN_DOTS + at * ROW_DOTS, width)),
    ...ticket.qr.map((code) => square(code, codeTop, width)),
    ...below.map((line, at) => row(line, belowTop + at * ROW_DOTS, width)),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="white" stroke="silver"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}

function row({ text, bold }: PrintedTicket["lines"][number], top: number, width: number): string {
  const length = [...text].length * CHARACTER_DOTS;
  const style = `font-family="monospace" font-size="20"${bold ? ' font-weight="bold"' : ""}`;
  return `<text x="${(width - length) / 2}" y="${top + 22}" textLength="${length}" xml:space="preserve" ${style}>${escaped(text)}</text>`;
}

function square(code: string, top: number, width: number): string {
  const side = qrSideDots(code);
  const left = (width - side) / 2;
  return `<rect x="${left}" y="${top}" width="${side}" height="${side}" fill="none" stroke="black" stroke-width="4"/><text x="${left + 8}" y="${top + 24}" textLength="${side - 16}" font-family="monospace" font-size="14">${escaped(code)}</text>`;
}

function qrSideDots(code: string): number {
  const bytes = Buffer.byteLength(code);
  const version = QR_BYTES.findIndex((room) => bytes <= room) + 1;
  if (version === 0) throw new RangeError(`A code of ${bytes} bytes is too long for a ticket.`);
  return (17 + 4 * version) * QR_MODULE_DOTS;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
