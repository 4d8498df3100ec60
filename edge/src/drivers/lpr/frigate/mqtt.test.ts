import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { camera as cameraSchema } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { expect, it, onTestFinished } from "vitest";
import { frigateMqtt } from "./mqtt.ts";

/** MQTT 3.1.1, 3.2: accepted, no session. */
const CONNACK = Buffer.from([0x20, 0x02, 0x00, 0x00]);
/** MQTT 3.1.1, 3.8: the first byte of SUBSCRIBE. */
const SUBSCRIBE = 0x82;

it("stops while its subscription waits for an answer that never comes", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      if (bytes[0] === SUBSCRIBE) server.emit("asked");
      else socket.write(CONNACK);
    });
  });
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const camera = cameraSchema.parse({ id: "cam", format: "frigate", url, source: "lane" });
  if (camera.format !== "frigate") throw new RangeError("Not the camera of this test.");
  const port = frigateMqtt({
    camera,
    clock: systemClock(),
    random: seededRandom(1),
    timeZone: "UTC",
    listenHost: "127.0.0.1",
  });
  const asked = once(server, "asked");
  await port.start({ reads: () => [], rejected: () => {}, link: () => {} });
  await asked;
  await expect(port.stop()).resolves.toBeUndefined();
});
