import type { CredentialKind, ReadEvidence } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { Direction } from "@gatehouse/shared/contracts/primitives.ts";
import type { Session } from "@gatehouse/shared/domain/session/session-types.ts";
import { looksLikeTicket } from "@gatehouse/shared/domain/ticket/ticket-code.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DecisionRequest, Override } from "./decision-desk.ts";

/** A code that was shown, as the device told of it. */
export interface ShownCode {
  readonly kind: Exclude<CredentialKind, "plate" | "operator">;
  readonly value: string;
}

/** All that one vehicle has shown in its movement: plate and ticket come from different devices at different moments. */
export interface Shown {
  readonly laneId: Uuid;
  readonly direction: Direction;
  /** What came last, for the record. */
  readonly credential: DecisionRequest["credential"];
  /** The camera's latest read of it. */
  readonly read: ReadEvidence | null;
  /** A plate that came without a camera's read. */
  readonly plate: string | null;
  readonly code: ShownCode | null;
  readonly lostTicket: boolean;
  readonly override: Override | null;
}

/** What is known of a vehicle after a request; `earlier` is what it showed before in the same movement. */
export function shownBy(request: DecisionRequest, earlier: Shown | null): Shown {
  const { laneId, direction, credential, read, override, lostTicket = false } = request;
  const typed = credential.kind === "plate" && read === null ? credential.value : null;
  return {
    laneId,
    direction,
    credential,
    read: read ?? (typed === null ? (earlier?.read ?? null) : null),
    plate: typed ?? (read === null ? (earlier?.plate ?? null) : null),
    code: codeOf(credential) ?? earlier?.code ?? null,
    lostTicket: lostTicket || (earlier?.lostTicket ?? false),
    override,
  };
}

/** What the stay tells of the vehicle that it was opened for, where the movement itself kept nothing. */
export function shownOfSession({ plate, ticket }: Session, request: DecisionRequest): Shown {
  const { laneId, direction, credential } = request;
  const code = ticket === null ? null : codeOfText(ticket);
  return { laneId, direction, credential, read: null, plate, code, lostTicket: false, override: null };
}

/** A code of which only the text is known. */
export function codeOfText(value: string): ShownCode {
  return { kind: looksLikeTicket(value) ? "ticket" : "qr", value };
}

/** The text in which a plate is looked for: the camera's, or what was typed. */
export function plateTextOf({ read, plate }: Pick<Shown, "read" | "plate">): string {
  return read?.raw ?? plate ?? "";
}

function codeOf({ kind, value }: DecisionRequest["credential"]): ShownCode | null {
  switch (kind) {
    case "plate":
    case "operator":
      return null;
    case "ticket":
    case "qr":
    case "card":
    case "pin":
      return { kind, value };
    default:
      return assertNever(kind);
  }
}
