import type { Uuid } from "../../kit/ids.ts";

/** The last part of a topic, below the lot. */
export const upTopics = [
  "up/events",
  "up/hello",
  "up/replica-request",
  "up/command-results",
  "up/telemetry",
  "status",
] as const;
export const downTopics = ["down/confirm", "down/replica", "down/commands"] as const;
export type UpTopic = (typeof upTopics)[number];
export type DownTopic = (typeof downTopics)[number];

export interface LotAddress {
  readonly operatorId: Uuid;
  readonly lotId: Uuid;
}

export interface ParsedTopic extends LotAddress {
  readonly topic: UpTopic | DownTopic;
}

const PREFIX = "gatehouse/v1";

/** The whole topic of a lot; `parseTopic` takes it apart again. */
export function topicOf({ operatorId, lotId }: LotAddress, topic: UpTopic | DownTopic): string {
  return `${PREFIX}/${operatorId}/${lotId}/${topic}`;
}

/** Takes a topic apart, level by level; null for anything that is not exactly one of ours. */
export function parseTopic(text: string): ParsedTopic | null {
  const [root, version, operatorId, lotId, ...rest] = text.split("/");
  if (`${root}/${version}` !== PREFIX || !operatorId || !lotId) return null;
  const tail = rest.join("/");
  const topic = [...upTopics, ...downTopics].find((known) => known === tail);
  return topic ? { operatorId, lotId, topic } : null;
}
