import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { simulationLinkChange } from "@gatehouse/shared/contracts/http/operations.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import { z } from "zod";
import type { TruthLog } from "./truth.ts";
import type { World } from "./world.ts";

export interface ControlOptions {
  readonly port: number;
  readonly world: World;
  readonly truth: TruthLog;
}

const linkChange = simulationLinkChange.extend({ kind: z.enum(["refuse", "silence", "mute"]).default("refuse") });
const dialChange = z
  .object({ traffic: z.number().min(0).max(100), pace: z.number().min(0.1).max(20), everyone_leaves: z.boolean() })
  .partial();
const newVehicle = z.object({
  lot_id: z.string(),
  plate: z.string().min(1).max(20).nullable(),
  stay_minutes: z.number().min(0).default(60),
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_BODY_BYTES = 65_536;
const NO_LOT: Answer = { status: 404, body: { title: "No such lot in this world." } };

/**
 * HTTP on loopback, for the cloud's simulation page and for judges: `GET /simulation`, `GET /truth`, `GET /counts`,
 * `POST /links/{lotId}`, `POST /vehicles`, `PUT /dials`.
 */
export class WorldControl implements Service {
  readonly name = "world-control";
  readonly #options: ControlOptions;
  readonly #server: Server;
  #injected = 0;

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#options.port, "127.0.0.1", () => resolve());
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : this.#options.port;
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request).catch(
      (error: unknown): Answer => ({
        status: 400,
        body: { title: error instanceof z.ZodError ? z.prettifyError(error) : errorMessage(error) },
      }),
    );
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(JSON.stringify(answer.body));
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { world, truth } = this.#options;
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    switch (`${request.method} ${path}`) {
      case "GET /simulation":
        return { status: 200, body: world.simulation() };
      case "GET /truth":
        return { status: 200, body: truth.all() };
      case "GET /counts":
        return { status: 200, body: world.counts() };
      case "POST /vehicles":
        return this.#inject(newVehicle.parse(await readJson(request)));
      case "PUT /dials":
        return this.#turn(dialChange.parse(await readJson(request)));
    }
    const lotId = /^\/links\/([^/]+)$/.exec(path)?.[1];
    if (request.method === "POST" && lotId) return this.#setLink(lotId, linkChange.parse(await readJson(request)));
    return {
      status: 404,
      body: { title: "Not here. See /simulation, /truth, /counts, /links/{lotId}, /vehicles, /dials." },
    };
  }

  #inject(wanted: z.infer<typeof newVehicle>): Answer {
    const id = `injected-${++this.#injected}`;
    const vehicle = {
      id,
      kind: wanted.plate === null ? "unplated" : "transient",
      plate: wanted.plate,
      lengthM: 4.4,
    } as const;
    const isThere = this.#options.world.inject(wanted.lot_id, vehicle, wanted.stay_minutes * MINUTE_MS);
    return isThere ? { status: 201, body: { stay: id } } : NO_LOT;
  }

  #turn({ traffic, pace, everyone_leaves: everyoneLeaves }: z.infer<typeof dialChange>): Answer {
    this.#options.world.turn({
      ...(traffic !== undefined && { traffic }),
      ...(pace !== undefined && { pace }),
      ...(everyoneLeaves !== undefined && { everyoneLeaves }),
    });
    return { status: 200, body: this.#options.world.dials };
  }

  #setLink(lotId: string, { link, kind }: z.infer<typeof linkChange>): Answer {
    const isThere = this.#options.world.setLink(lotId, link === "up" ? { link } : { link, kind });
    return isThere ? { status: 200, body: this.#options.world.simulation() } : NO_LOT;
  }
}

/** The body as JSON. Throws when it is too large or no JSON. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new RangeError(`Send at most ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
