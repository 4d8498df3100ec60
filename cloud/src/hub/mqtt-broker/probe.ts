import { topicOf } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { NewId } from "@gatehouse/shared/kit/ids.ts";
import { type BrokerConnection, type BrokerLogin, connectToBroker } from "./broker-client.ts";

export const PROBE_NAME = "gatehouse-probe";
export const SECOND_PROBE_NAME = "gatehouse-probe-2";
/** The one topic that the probes may read and the hub may write. */
export const PROBE_TOPIC = "gatehouse/probe";
/** For the message that the probe may read to come back; brokers on one network need milliseconds. */
const ANSWER_MAX_MS = 10_000;

export interface ProbeOptions {
  readonly login: Pick<BrokerLogin, "url" | "ca">;
  /** A certificate of our CA with this common name. */
  readonly certify: (name: string) => Promise<{ readonly key: string; readonly cert: string }>;
  /** The hub's own connection. */
  readonly hub: Pick<BrokerConnection, "publish">;
  readonly clock: Clock;
  readonly newId: NewId;
}

/**
 * Tries what a broker must not allow, with certificates of our CA that belong to no lot: to connect without a
 * certificate, to publish to a lot, to hear what goes to or comes from a lot, and to throw off a client by using its id.
 * A subscription counts as refused when nothing comes of it: some brokers grant it and deliver nothing.
 * Throws `broker_unsafe`, naming what went through, or `broker_refused` when the probe can't be carried out.
 */
export async function probeBroker(options: ProbeOptions): Promise<void> {
  await mustRefuseStrangers(options);
  const lot = { operatorId: options.newId(), lotId: options.newId() };
  const heard = new Set<string>();
  const probe = await connectAs(options, PROBE_NAME, heard);
  try {
    await mustKeepClientIds(options, probe);
    await mustRefusePublish(probe, topicOf(lot, "up/events"));
    await probe.subscribe([PROBE_TOPIC]);
    for (const filter of [topicOf(lot, "down/confirm"), "gatehouse/v1/+/+/down/confirm", "#"])
      await probe.subscribe([filter]).catch(() => undefined);
    const secret = topicOf(lot, "down/confirm");
    await options.hub.publish(secret, "probe");
    await options.hub.publish(PROBE_TOPIC, "probe");
    await mustHear(options, heard);
    if (heard.has(secret)) throw unsafe("lets one lot's certificate listen to another lot");
  } finally {
    probe.end();
  }
}

async function mustRefuseStrangers({ login, newId }: ProbeOptions): Promise<void> {
  const stranger = await connectToBroker({ ...login, certificate: null, clientId: newId() }, done).catch(() => null);
  stranger?.end();
  if (stranger) throw unsafe("lets clients in without a certificate");
}

/** A second certificate takes the first one's client id; the first must stay connected. */
async function mustKeepClientIds(options: ProbeOptions, probe: BrokerConnection): Promise<void> {
  const second = await connectAs(options, SECOND_PROBE_NAME, new Set()).catch(() => null);
  // The broker answers on the old connection before it takes the next packet of it.
  const isOn = await probe.subscribe([PROBE_TOPIC]).then(
    () => true,
    () => false,
  );
  second?.end();
  if (!isOn) throw unsafe("lets one certificate throw off another's client by using its client id");
}

async function mustRefusePublish(probe: BrokerConnection, topic: string): Promise<void> {
  try {
    await probe.publish(topic, "probe");
  } catch (error) {
    if (errorCode(error) === "broker_refused") return;
    // Some brokers close the connection of a client that oversteps.
    throw new GatehouseError("broker_refused", "The broker could not be probed: it ended the connection.", {
      cause: error,
    });
  }
  throw unsafe("lets one lot's certificate publish to another lot");
}

async function mustHear({ clock }: ProbeOptions, heard: ReadonlySet<string>): Promise<void> {
  for (let waitedMs = 0; !heard.has(PROBE_TOPIC); waitedMs += 20) {
    if (waitedMs >= ANSWER_MAX_MS)
      throw new GatehouseError("broker_refused", `The broker does not let ${PROBE_NAME} read ${PROBE_TOPIC}.`);
    await sleep(clock, 20);
  }
}

async function connectAs(options: ProbeOptions, name: string, heard: Set<string>): Promise<BrokerConnection> {
  const certificate = await options.certify(name);
  return connectToBroker({ ...options.login, certificate, clientId: PROBE_NAME }, ({ topic }) => {
    heard.add(topic);
    return done();
  });
}

function done(): Promise<void> {
  return Promise.resolve();
}

function unsafe(what: string): GatehouseError {
  return new GatehouseError(
    "broker_unsafe",
    `The MQTT broker ${what}. The hub does not use it. Set it up as firmware-configs/broker/README.md says.`,
  );
}
