import { constants } from "node:crypto";
import { createServer, type Server } from "node:https";
import { enrolmentRequest } from "@gatehouse/shared/contracts/mqtt/enrolment.ts";
import { errorCode, errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import { getRequestListener } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type EnrolContext, enrol } from "../../services/devices/enrol.ts";
import { listen } from "../../sockets/listen.ts";
import type { CertificateAuthority } from "../ca/certificate-authority.ts";
import type { HubContext } from "../hub-context.ts";
import { problem } from "./problem.ts";
import { type RenewalOptions, renewalApp } from "./renewals.ts";

/** A token, a serial number and a certificate request; more is none. */
const BODY_MAX_BYTES = 16_384;
const REQUEST_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 200;

export interface ProvisioningOptions {
  readonly context: HubContext & EnrolContext;
  readonly ca: Pick<CertificateAuthority, "caPem" | "server">;
  readonly onRefused: RenewalOptions["onRefused"];
  readonly listen: { readonly host: string; readonly port: number };
}

export interface ProvisioningServer extends Service {
  /** Throws before `run`. */
  address(): { readonly host: string; readonly port: number };
}

/**
 * The HTTPS server where a new edge hands in its token and request (`POST /v1/enrolments`), and an enrolled one renews its
 * certificate (`POST /v1/renewals`). It does nothing else.
 */
export function createProvisioningServer(options: ProvisioningOptions): ProvisioningServer {
  const { ca, listen: where } = options;
  const server = makeServer(provisioningApp(options).fetch, ca);
  let address: { host: string; port: number } | null = null;
  return {
    name: "provisioning",
    run: async () => {
      address = await listen(server, {
        ...where,
        purpose: "certificates of edges (HTTPS)",
        setting: "GATEHOUSE_PROVISIONING",
      });
    },
    drain: () => Promise.resolve(),
    stop: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    address: () => {
      if (!address) throw new GatehouseError("not_running", "The provisioning server does not listen yet.");
      return address;
    },
  };
}

function makeServer(fetch: Hono["fetch"], ca: ProvisioningOptions["ca"]): Server {
  const server = createServer(
    // With the CA, so that an edge can compare it with the fingerprint in its token.
    {
      key: ca.server.key,
      cert: ca.server.cert + ca.caPem,
      ca: ca.caPem,
      minVersion: "TLSv1.2",
      // A new edge has no certificate yet, and one that expired may still ask; who shows what is judged per request.
      requestCert: true,
      rejectUnauthorized: false,
      // A resumed session would show no certificate.
      secureOptions: constants.SSL_OP_NO_TICKET,
    },
    getRequestListener(fetch),
  );
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

function provisioningApp({ context, ca, onRefused }: ProvisioningOptions): Hono {
  const app = new Hono();
  const tooLarge = (c: Context) =>
    problem(c, 413, { code: "body_too_large", detail: `At most ${BODY_MAX_BYTES} bytes are read.` });
  app.use(bodyLimit({ maxSize: BODY_MAX_BYTES, onError: tooLarge }));
  app.post("/v1/enrolments", async (c) => {
    const request = enrolmentRequest.safeParse(await c.req.json().catch(() => undefined));
    if (!request.success) return problem(c, 400, { code: "body_invalid", detail: request.error.message });
    return c.json(await enrol(context, request.data), 201);
  });
  app.route("/", renewalApp({ context, caPem: ca.caPem, onRefused }));
  app.notFound((c) => problem(c, 404, { code: "not_found", detail: "Edges enrol at POST /v1/enrolments." }));
  app.onError((error, c) => answerFailure(context, error, c));
  return app;
}

const STATUS: Readonly<Record<string, 400 | 403 | 409 | 410>> = {
  csr_invalid: 400,
  token_unknown: 403,
  token_wrong_serial: 403,
  token_used: 409,
  token_expired: 410,
};

function answerFailure({ log }: HubContext, error: unknown, c: Context): Response {
  const code = errorCode(error) ?? "";
  const status = STATUS[code];
  if (status) {
    log.warn({ code }, "An edge got no certificate.");
    return problem(c, status, { code, detail: errorMessage(error) });
  }
  log.error({ err: error }, "A certificate could not be given.");
  return problem(c, 500, { code: "internal", detail: "The hub could not do this now. Try again in a minute." });
}
