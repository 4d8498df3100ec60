import { describe, expect, it } from "vitest";
import { soon } from "../testing/soon.ts";
import { type ReaderEvent, type ReaderPort, SAME_SCAN_MS } from "./reader-port.ts";

/** A reader with its glass in the hands of the test. */
export interface ReaderBench {
  readonly port: ReaderPort;
  /** Something with this code is held before the reader; it reads codes. */
  show(code: string): void;
  unplug(): void;
  plug(): void;
  /** Time passes on the driver's clock. */
  wait(ms: number): void;
  end(): Promise<void>;
}

/** A ticket's code and one that is none, as the lots print them. */
const TICKET = "T0R5XJ00000000000000000AA";
const QR = "https://example.com/visit/17?k=a b";
const LAST = "LAST";

/** What every driver of a reader of codes must do; see the contract in reader-port.ts. */
export function readerConformance(driver: string, make: () => Promise<ReaderBench>): void {
  describe(`reader port: ${driver}`, () => {
    const read = async (act: (bench: ReaderBench) => void | Promise<void>): Promise<readonly ReaderEvent[]> => {
      const bench = await make();
      const events: ReaderEvent[] = [];
      try {
        await soon(() => bench.port.health().connected).toBe(true);
        bench.port.watch((event) => events.push(event));
        await act(bench);
        bench.show(LAST);
        await soon(() => events.at(-1)).toEqual(code("qr", LAST));
        return events.slice(0, -1);
      } finally {
        await bench.end();
      }
    };
    const code = (medium: "qr" | "ticket", text: string): ReaderEvent => ({
      kind: "scan",
      scan: { medium, code: text },
    });

    it("tells codes as they are, tickets from others", async () => {
      const events = await read((bench) => {
        bench.show(TICKET);
        bench.show(QR);
      });
      expect(events).toEqual([code("ticket", TICKET), code("qr", QR)]);
    });

    it("takes a code that stays before it as one, and as another when it comes again later", async () => {
      const events = await read((bench) => {
        bench.show(QR);
        bench.show(QR);
        bench.show(TICKET);
        bench.show(QR);
      });
      expect(events).toEqual([code("qr", QR), code("ticket", TICKET), code("qr", QR)]);
      const again = await read(async (bench) => {
        const seen: ReaderEvent[] = [];
        bench.port.watch((event) => seen.push(event));
        bench.show(QR);
        await soon(() => seen.length).toBe(1);
        bench.wait(SAME_SCAN_MS);
        bench.show(QR);
      });
      expect(again).toEqual([code("qr", QR), code("qr", QR)]);
    });

    it("says that it is gone, and reads on when it is back", async () => {
      const events = await read(async (bench) => {
        bench.unplug();
        await soon(() => bench.port.health().connected).toBe(false);
        bench.plug();
        bench.wait(60_000);
        await soon(() => bench.port.health().connected).toBe(true);
      });
      expect(events).toEqual([]);
    });
  });
}
