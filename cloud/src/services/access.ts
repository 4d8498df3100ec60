import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { TokenRole } from "./api-tokens/schemas.ts";
import { ServiceError } from "./service-error.ts";

export type Permission =
  | "lots.read"
  | "lots.write"
  | "spots.write"
  | "sessions.read"
  | "sessions.write"
  | "vehicles.report"
  | "rights.read"
  | "rights.write"
  | "reservations.write"
  | "lanes.open"
  | "devices.read"
  | "simulation.control";

/** Who acts: the bearer of a token, bound to an operator and maybe to some of its lots; or a part of the system itself. */
export type Actor =
  | {
      readonly kind: "token";
      readonly id: Uuid;
      readonly name: string;
      readonly role: TokenRole;
      readonly operatorId: Uuid;
      /** Null: all lots of the operator. */
      readonly lotIds: readonly Uuid[] | null;
    }
  | { readonly kind: "system"; readonly id: string };

const READS: readonly Permission[] = ["lots.read", "sessions.read", "rights.read", "devices.read"];

const GRANTS: Readonly<Record<TokenRole, ReadonlySet<Permission>>> = {
  operator_admin: new Set([
    ...READS,
    "lots.write",
    "spots.write",
    "sessions.write",
    "vehicles.report",
    "rights.write",
    "reservations.write",
    "lanes.open",
    "simulation.control",
  ]),
  gate_attendant: new Set([...READS, "spots.write", "sessions.write", "lanes.open"]),
  lpr_device: new Set(["lots.read", "vehicles.report", "spots.write"]),
  viewer: new Set(READS),
};

/** Whether the actor's role has the permission; for which lots is another question. */
export function may(actor: Actor, permission: Permission): boolean {
  switch (actor.kind) {
    case "system":
      return true;
    case "token":
      return GRANTS[actor.role].has(permission);
    default:
      return assertNever(actor);
  }
}

/** Throws `forbidden` when the actor's role lacks the permission; says nothing of what exists. */
export function assertMay(actor: Actor, permission: Permission): void {
  if (may(actor, permission)) return;
  throw new ServiceError("forbidden", `This needs the permission ${permission}, which your role doesn't have.`);
}
