import { uuid } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { Logger } from "pino";
import { z } from "zod";
import { createListener } from "../db/listener.ts";
import { BUS_CHANNEL } from "../events/publish.ts";
import { LIVE_CHANNEL } from "../services/devices/context.ts";
import type { AvailabilityFeed } from "./availability-feed.ts";
import type { OperationsFeed } from "./operations-feed.ts";

export interface FeedListenerOptions {
  readonly url: string;
  readonly realClock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly operations: OperationsFeed;
  readonly availability: AvailabilityFeed;
}

const busNews = z.object({ lot_id: uuid });
const liveNews = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("movements"), lot_id: uuid, ids: z.array(uuid) }),
  z.object({ kind: z.literal("lanes"), lot_id: uuid }),
  z.object({ kind: z.literal("link"), lot_id: uuid }),
]);

/** Hears from the database what changed, whichever process changed it, and tells the feeds. */
export function createFeedListener({
  url,
  realClock,
  random,
  log,
  operations,
  availability,
}: FeedListenerOptions): Service {
  function hearBus(payload: string): void {
    const news = busNews.safeParse(parseJson(payload));
    if (!news.success) return;
    availability.lotChanged(news.data.lot_id);
    operations.lotChanged(news.data.lot_id);
  }

  function hearLive(payload: string): void {
    const news = liveNews.safeParse(parseJson(payload));
    if (!news.success) {
      log.warn("a notification for live pages was not understood");
      return;
    }
    switch (news.data.kind) {
      case "movements":
        operations.movementsChanged(news.data.lot_id, news.data.ids);
        break;
      case "lanes":
        operations.lanesChanged(news.data.lot_id);
        break;
      case "link":
        operations.lotChanged(news.data.lot_id);
        break;
    }
  }

  return createListener({
    url,
    clock: realClock,
    random,
    onError: (error) => log.warn({ err: error }, "live pages lost their listening connection; it is opened again"),
    subscriptions: [
      { channel: BUS_CHANNEL, onMessage: hearBus, onGap: () => availability.everythingMayHaveChanged() },
      { channel: LIVE_CHANNEL, onMessage: hearLive, onGap: () => operations.everythingMayHaveChanged() },
    ],
  });
}
