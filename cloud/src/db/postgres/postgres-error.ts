import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";

export type PostgresErrorCode =
  | "postgres_port_in_use"
  | "postgres_no_space"
  | "postgres_wrong_owner"
  | "postgres_other_version"
  | "postgres_no_user"
  | "postgres_no_binaries"
  | "postgres_not_started";

/** Why the built-in Postgres can't run; the message says what to do. */
export class PostgresError extends GatehouseError<PostgresErrorCode> {}
