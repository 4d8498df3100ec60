import type { ClockQuality, LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import type { Clock, WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { LaneControl } from "../lane/lane-control.ts";
import type { EdgeQueries } from "../store/edge-queries.ts";
import type { CertificateTime } from "./certificate-time.ts";
import type { LotTime } from "./cloud-clock.ts";
import type { Identity } from "./identity.ts";
import type { LinkProblem } from "./link-status.ts";
import type { CommandLog, OutboxSource, ReplicaSink, UplinkLog } from "./ports.ts";
import type { OpenHubSession } from "./session-port.ts";
import type { UplinkTimings } from "./timings.ts";

export interface UplinkOptions {
  readonly identity: Identity;
  /** How the hub is reached. */
  readonly openSession: OpenHubSession;
  readonly outbox: OutboxSource;
  readonly replica: ReplicaSink;
  readonly commands: CommandLog;
  readonly lanes: LaneControl;
  readonly queries: Pick<EdgeQueries, "outbox" | "replica" | "disk">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: UplinkLog;
  /** Id of this run of the agent. */
  readonly boot: Uuid;
  readonly agentVersion: string;
  readonly onLinkState: (state: LinkState) => void;
  readonly timings?: Partial<UplinkTimings>;
  /** Wall milliseconds in a monotonic one: 1, but for simulated lots. */
  readonly wallRate?: number;
  /** What is known of the time when a certificate's dates don't fit this computer's clock; left out: the clock is right. */
  readonly certificateTime?: () => CertificateTime;
}

/** What people read about the link. */
export interface UplinkStatus {
  readonly linkState: LinkState;
  /** Null when all is well. */
  readonly problem: LinkProblem | null;
}

/** The edge's link to the hub. Gates never wait for it. */
export interface Uplink extends Service {
  linkState(): LinkState;
  /** The cloud's wall time, estimated on the monotonic clock; null when this connection has not measured it. */
  cloudTime(): WallMs | null;
  /** This computer's time where the cloud's shows it to be right, else the cloud's; null before it was measured. */
  lotTime(): LotTime | null;
  /** How far the cloud's time shows that this edge's wall clock can be trusted; null before it was measured. */
  clockQuality(): ClockQuality | null;
  status(): UplinkStatus;
}
