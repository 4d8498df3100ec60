import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import {
  RENEWAL_IN_USE_PATH,
  RENEWAL_PATH,
  type RenewalAnswer,
  type RenewalRefusal,
  renewalRequest,
} from "@gatehouse/shared/contracts/http/device-renewal.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Result } from "@gatehouse/shared/kit/result.ts";
import { type Context, Hono } from "hono";
import type { EnrolContext } from "../../services/devices/enrol.ts";
import { type PresentedCertificate, renewCertificate, useRenewed } from "../../services/devices/renew.ts";
import type { Refusal } from "../edge-transport.ts";
import { presentedCertificate } from "./presented-certificate.ts";
import { type ProblemStatus, problem } from "./problem.ts";

export interface RenewalOptions {
  readonly context: EnrolContext;
  readonly caPem: string;
  /** Audits what is refused. */
  readonly onRefused: (refusal: Refusal) => void;
}

/** What @hono/node-server hands to a handler. */
interface Bindings {
  readonly incoming: IncomingMessage;
}
type RenewalCall = Context<{ Bindings: Bindings }>;

/**
 * Where enrolled devices renew their certificates, each known by the one that it shows: a request over a new key, and
 * then, with what it was given, that it uses it.
 */
export function renewalApp(options: RenewalOptions): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();
  app.post(RENEWAL_PATH, async (c) => {
    const request = renewalRequest.safeParse(await c.req.json().catch(() => undefined));
    if (!request.success) return problem(c, 400, { code: "body_invalid", detail: errorMessage(request.error) });
    const { csr } = request.data;
    return answer(c, options, async (shown) => {
      const renewed = await renewCertificate(options.context, shown, csr);
      if (!renewed.ok) return renewed;
      const body: RenewalAnswer = { certificate: renewed.value.pem, not_after: renewed.value.notAfter };
      return { ok: true, value: body };
    });
  });
  app.post(RENEWAL_IN_USE_PATH, (c) =>
    answer(c, options, async (shown) => {
      const used = await useRenewed(options.context, shown);
      return used.ok ? { ok: true, value: {} } : used;
    }),
  );
  return app;
}

async function answer(
  c: RenewalCall,
  options: RenewalOptions,
  work: (shown: PresentedCertificate) => Promise<Result<object, RenewalRefusal>>,
): Promise<Response> {
  const { socket } = c.env.incoming;
  const shown = socket instanceof TLSSocket ? presentedCertificate(socket, options.caPem) : null;
  if (shown === null) return refuse(c, "certificate_unknown");
  const done = await work(shown);
  if (done.ok) return c.json(done.value, 200);
  report(options, shown, { refusal: done.error, address: socket.remoteAddress ?? "" });
  return refuse(c, done.error);
}

/** A device that is too early or waits has done nothing wrong. */
function report(
  { onRefused }: RenewalOptions,
  identity: PresentedCertificate,
  { refusal, address }: { readonly refusal: RenewalRefusal; readonly address: string },
): void {
  if (refusal === "renewal_not_due" || refusal === "renewal_awaits_approval" || refusal === "certificate_unknown")
    return;
  onRefused({ code: refusal, identity, remoteAddress: address, detail: "renew its certificate" });
}

const REFUSALS: Readonly<Record<RenewalRefusal, { readonly status: ProblemStatus; readonly detail: string }>> = {
  renewal_not_due: { status: 409, detail: "The certificate has more than a half of its life left. Ask later." },
  renewal_awaits_approval: {
    status: 403,
    detail:
      "The certificate has expired. An operator has to approve its renewal in the cloud; ask again in some minutes.",
  },
  certificate_unknown: { status: 401, detail: "Show the certificate of an enrolled device, of this hub's CA." },
  certificate_superseded: {
    status: 403,
    detail: "This certificate was replaced by a later one. Enrol this edge anew, unless a copy of it is in use.",
  },
  device_unknown: { status: 403, detail: "This hub doesn't know the device. Enrol it anew." },
  device_revoked: { status: 403, detail: "The device was revoked. Enrol it anew if it is to serve again." },
};

function refuse(c: Context, code: RenewalRefusal): Response {
  const { status, detail } = REFUSALS[code];
  return problem(c, status, { code, detail });
}
