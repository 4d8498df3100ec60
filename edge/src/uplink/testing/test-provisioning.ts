import { once } from "node:events";
import { createServer, type Server } from "node:https";
import { type EnrolmentRequest, enrolmentRequest } from "@gatehouse/shared/contracts/mqtt/enrolment.ts";
import type { TestAuthority } from "./test-authority.ts";
import { DEVICE, LOT } from "./test-pair.ts";

const DAY_MS = 86_400_000;

/** What the hub's provisioning server does, in its least form; `answer` can be bent by a test. */
export class TestProvisioning {
  port = 0;
  readonly requests: EnrolmentRequest[] = [];
  answer: (good: object) => { readonly status: number; readonly body: object } = (body) => ({ status: 200, body });
  readonly #authority: TestAuthority;
  readonly #serverAuthority: TestAuthority;
  #server: Server | null = null;

  /** `serverAuthority` has signed the server's own certificate; an honest one is the same. */
  constructor(authority: TestAuthority, serverAuthority = authority) {
    this.#authority = authority;
    this.#serverAuthority = serverAuthority;
  }

  /** `showsCa`: whether the server shows its CA beside its own certificate. */
  async start(showsCa = true): Promise<void> {
    const { key, cert } = await this.#serverAuthority.server();
    const chain = showsCa ? `${cert}\n${this.#authority.pem}` : cert;
    const server = createServer({ key, cert: chain }, (request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      request.on("end", () => {
        void this.#enrol(text).then(({ status, body }) => {
          response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
        });
      });
    });
    server.on("tlsClientError", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    this.port = address.port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  async #enrol(text: string): Promise<{ readonly status: number; readonly body: object }> {
    const request = enrolmentRequest.parse(JSON.parse(text));
    this.requests.push(request);
    return this.answer({
      device_id: DEVICE,
      operator_id: LOT.operatorId,
      lot_id: LOT.lotId,
      epoch: 1,
      certificate: await this.#authority.signRequest(request.csr, DEVICE),
      ca: this.#authority.pem,
      not_after: DAY_MS,
      mqtt_url: "mqtts://127.0.0.1:8883",
      command_key: { key_id: "k1", public_key: "x" },
    });
  }
}
