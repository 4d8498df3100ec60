import { downTopics, parseTopic, type UpTopic, upTopics } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { BATCH_WIRE_MAX_BYTES } from "@gatehouse/shared/sync/batch.ts";
import type { DeviceIdentity } from "../ca/device-identity.ts";

/** Most bytes of a message that is not a batch of events. */
export const MESSAGE_MAX_BYTES = 262_144;
const STATUS_MAX_BYTES = 1_024;

export interface PublishAttempt {
  readonly topic: string;
  readonly retain: boolean;
  readonly qos: number;
  readonly bytes: number;
}

export type PublishVerdict =
  | { readonly kind: "allow"; readonly topic: UpTopic }
  | { readonly kind: "refuse"; readonly why: string };

/** Whether a device may publish this: exactly a topic of its own lot that goes up; retained only its status. */
export function judgePublish(identity: DeviceIdentity, attempt: PublishAttempt): PublishVerdict {
  const topic = ownTopic(identity, attempt.topic);
  const up = upTopics.find((known) => known === topic);
  if (!up) return refuse(`publish to ${attempt.topic}`);
  if (attempt.qos > 1) return refuse(`publish with QoS ${attempt.qos}`);
  if (attempt.retain && up !== "status") return refuse(`retain a message on ${attempt.topic}`);
  return attempt.bytes > limitOf(up) ? refuse(`publish ${attempt.bytes} bytes to ${attempt.topic}`) : allow(up);
}

/** Whether a device may leave this last will: only that its own status is offline. */
export function judgeWill(identity: DeviceIdentity, attempt: PublishAttempt): PublishVerdict {
  const verdict = judgePublish(identity, attempt);
  return verdict.kind === "allow" && verdict.topic !== "status" ? refuse(`leave a will on ${attempt.topic}`) : verdict;
}

/** Whether a device may subscribe to this: exactly a topic of its own lot that goes down. */
export function maySubscribe(identity: DeviceIdentity, filter: string): boolean {
  const topic = ownTopic(identity, filter);
  return downTopics.some((known) => known === topic);
}

/** Wildcards, shared subscriptions and `$SYS` are no topics of ours, so they fall out here as well. */
function ownTopic({ operatorId, lotId }: DeviceIdentity, text: string): string | null {
  const parsed = parseTopic(text);
  return parsed?.operatorId === operatorId && parsed.lotId === lotId ? parsed.topic : null;
}

function limitOf(topic: UpTopic): number {
  if (topic === "status") return STATUS_MAX_BYTES;
  return topic === "up/events" ? BATCH_WIRE_MAX_BYTES : MESSAGE_MAX_BYTES;
}

function allow(topic: UpTopic): PublishVerdict {
  return { kind: "allow", topic };
}

function refuse(why: string): PublishVerdict {
  return { kind: "refuse", why };
}
