/** What the cloud says has happened, in the words of its tables; times are wall ms. */
export interface CloudMovement {
  readonly lot_id: string;
  readonly id: string;
  readonly lane_id: string;
  readonly direction: string;
  readonly decision: string | null;
  readonly reasons: readonly string[];
  readonly outcome: string | null;
  readonly plate: string | null;
  readonly session_id: string | null;
  readonly at: number;
  readonly ended_at: number | null;
}

export interface CloudSession {
  readonly lot_id: string;
  readonly id: string;
  readonly plate: string | null;
  readonly ticket: string | null;
  readonly status: string;
  readonly close_reason: string | null;
  readonly entry_at: number;
  readonly exit_at: number | null;
  readonly entry_lane_id: string | null;
  readonly exit_lane_id: string | null;
}

export interface CloudPayment {
  readonly lot_id: string;
  readonly session_id: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly reference: string | null;
}

export interface CloudPicture {
  readonly movements: readonly CloudMovement[];
  readonly sessions: readonly CloudSession[];
  readonly payments: readonly CloudPayment[];
}
