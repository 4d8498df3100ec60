import { ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { ParseFailure } from "../../../ports/camera/camera-read.ts";
import { at, failure, listOf, textOf } from "../fields.ts";
import { xmlReader } from "../xml.ts";

const MAX_EVENTS = 32;
const readXml = xmlReader({
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseAttributeValue: false,
  isArray: (name) => name === "NotificationMessage" || name === "SimpleItem",
});

/** The events of an ONVIF metadata stream, each `SimpleItem` as a field of its name, with the message's own time. */
export function simpleItems(text: string): Result<readonly unknown[], ParseFailure> {
  const xml = readXml(text);
  if (!xml.ok) return xml;
  const notifications = listOf(at(xml.value, "MetadataStream.Event.NotificationMessage"));
  if (notifications.length === 0) return failure("no_event", "The XML is no MetadataStream with an event.");
  return ok(notifications.slice(0, MAX_EVENTS).map(fieldsOf));
}

function fieldsOf(notification: unknown): Readonly<Record<string, string>> {
  const message = at(notification, "Message.Message");
  const items = listOf(at(message, "Data.SimpleItem")).flatMap((item) => {
    const [name, value] = [textOf(at(item, "Name")), textOf(at(item, "Value"))];
    return name === null || value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries([["UtcTime", textOf(at(message, "UtcTime")) ?? ""] as const, ...items]);
}
