import type { CallCentreConfig } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import type { Clock, MonoMs, Timer } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import { z } from "zod";
import type { DeviceFault, DeviceHealth } from "../../ports/device-health.ts";
import type {
  CallEvent,
  CallRequest,
  CallState,
  IntercomError,
  IntercomPort,
} from "../../ports/intercom/intercom-port.ts";

/** How often the call centre is asked how a call is, and tried again when it does not answer, ms. */
const ASK_MS = 1_000;
/** Longest wait for one answer, ms. */
const ANSWER_MAX_MS = 4_000;
/** A call whose line is silent for so long has failed, ms; a voice that is there does not depend on us. */
const SILENCE_MAX_MS = 15_000;
const MAX_ANSWER_BYTES = 4_096;

const answer = z.object({ state: z.enum(["ringing", "answered", "ended", "failed"]) });

export interface CallCentreOptions {
  readonly config: CallCentreConfig;
  readonly lot: Uuid;
  readonly lane: Uuid;
  readonly clock: Clock;
}

interface Call extends CallRequest {
  readonly since: MonoMs;
  readonly heardAt: MonoMs;
  /** What the lane was told last; null before the call centre has the call. */
  readonly state: CallState | null;
}

/**
 * Calls to an operator's call centre by HTTP (docs/peripherals.md has the contract). PUT puts a call and may be repeated,
 * because the call's id is in the address; GET tells how it is; DELETE hangs up. The lot asks, so the call centre needs no
 * way into the lot's network.
 */
export class CallCentre implements IntercomPort {
  readonly #options: CallCentreOptions;
  readonly #listeners = new Set<(event: CallEvent) => void>();
  readonly #timer: Timer;
  readonly #stopped = new AbortController();
  #call: Call | null = null;
  #isAsking = false;
  /** Null before the first answer or failure. */
  #reached: boolean | null = null;
  #fault: DeviceFault | null = null;

  constructor(options: CallCentreOptions) {
    this.#options = options;
    this.#timer = options.clock.every(ASK_MS, () => this.#look());
  }

  call({ callId, reason }: CallRequest): Result<void, IntercomError> {
    if (this.#call?.callId === callId) return ok(undefined);
    if (this.#call) return err("busy");
    const now = this.#options.clock.mono();
    this.#call = { callId, reason, since: now, heardAt: now, state: null };
    this.#look();
    return ok(undefined);
  }

  end(callId: string): void {
    if (this.#call?.callId === callId) this.#hangUp("ended");
  }

  watch(listener: (event: CallEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A call centre that was never needed yet counts as there. */
  health(): DeviceHealth {
    return { connected: this.#reached !== false, detail: this.#call?.state ?? null, lastFault: this.#fault };
  }

  async close(): Promise<void> {
    this.#timer.cancel();
    this.#stopped.abort();
  }

  #look(): void {
    const call = this.#call;
    if (!call) return;
    const { clock, config } = this.#options;
    const now = clock.mono();
    const talks = call.state === "answered";
    const limitMs = (talks ? config.talk_max_s + config.answer_max_s : config.answer_max_s) * 1_000;
    if (now - call.since > limitMs) return this.#hangUp(talks ? "ended" : "failed");
    if (now - call.heardAt > SILENCE_MAX_MS) return this.#hangUp("failed");
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#ask(call)
      .then(
        (state) => this.#heard(call.callId, state),
        (error: unknown) => this.#notReached(errorMessage(error)),
      )
      .finally(() => {
        this.#isAsking = false;
      });
  }

  async #ask(call: Call): Promise<CallState> {
    const { lot, lane } = this.#options;
    const body = call.state === null ? { lot_id: lot, lane_id: lane, reason: call.reason } : null;
    const response = await this.#send(body ? "PUT" : "GET", call.callId, body);
    return answer.parse(JSON.parse(response)).state;
  }

  async #send(method: "PUT" | "GET" | "DELETE", callId: string, body: object | null): Promise<string> {
    const { url, token } = this.#options.config;
    const response = await fetch(`${url.replace(/\/$/, "")}/calls/${encodeURIComponent(callId)}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
      redirect: "error",
      signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(ANSWER_MAX_MS)]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`it answers ${response.status}`);
    }
    return textOf(response);
  }

  #heard(callId: string, state: CallState): void {
    this.#reached = true;
    const call = this.#call;
    if (call?.callId !== callId) return;
    this.#call =
      state === "ended" || state === "failed" ? null : { ...call, state, heardAt: this.#options.clock.mono() };
    if (state !== call.state) this.#tell({ callId, state });
  }

  #notReached(why: string): void {
    if (this.#stopped.signal.aborted) return;
    this.#reached = false;
    const { url } = this.#options.config;
    const message = `The call centre at ${url} can't be reached: ${why}; look at the address, the token and the network.`;
    this.#fault = { code: "not_connected", message, at: this.#options.clock.wall() };
  }

  #hangUp(state: "ended" | "failed"): void {
    const call = this.#call;
    if (!call) return;
    this.#call = null;
    this.#send("DELETE", call.callId, null).catch((error: unknown) => this.#notReached(errorMessage(error)));
    this.#tell({ callId: call.callId, state });
  }

  #tell(event: CallEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** The text of an answer; rejects once it is longer than an answer may be, whatever it says of its length. */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_ANSWER_BYTES) throw new Error(`its answer has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
