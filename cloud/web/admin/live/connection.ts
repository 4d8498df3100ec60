/** Why nobody is signed in. */
export type SignedOutCause = "asked" | "wrong_token" | "not_allowed";

/** The page's connection to the cloud, as honest as it can be told. */
export type Connection =
  | { readonly kind: "signed_out"; readonly cause: SignedOutCause | null }
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** `attempt` counts from 1; what the page shows is as old as `since` (page's wall time, ms). */
  | { readonly kind: "reconnecting"; readonly attempt: number; readonly since: number };
