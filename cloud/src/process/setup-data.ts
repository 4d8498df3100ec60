import { code, currency, laneDirection, spotType, uuid } from "@gatehouse/shared/contracts/primitives.ts";
import { blocklistEntry } from "@gatehouse/shared/contracts/replica/blocklist.ts";
import { lotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import { permit, pool } from "@gatehouse/shared/contracts/replica/permit.ts";
import { tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import { validation } from "@gatehouse/shared/contracts/replica/validation.ts";
import { slug } from "@gatehouse/shared/contracts/replica/values.ts";
import { z } from "zod";
import { tokenRole } from "../services/api-tokens/schemas.ts";

const setupSpot = z.object({
  id: uuid,
  spot_number: z.string().min(1).max(50),
  type: spotType,
  /** Code of one of the lot's areas. */
  area: slug.nullable().default(null),
});

const setupLane = z.object({ id: uuid, code, name: z.string().min(1).max(80), direction: laneDirection });

/**
 * One lot as it is to be. Ids are the site file's, so that edge and cloud mean the same things. `policy` is the lot item
 * of the replica; its `lot_id`, `name`, `time_zone`, `currency` and `lanes` must agree with the ones here.
 */
export const setupLot = z.object({
  lot_id: uuid,
  code,
  name: z.string().min(1).max(120),
  address: z.string().max(500).nullable().default(null),
  time_zone: z.string(),
  currency,
  areas: z
    .array(z.object({ id: uuid, code: slug, name: z.string().min(1).max(255) }))
    .max(100)
    .default([]),
  spots: z.array(setupSpot).max(100_000),
  lanes: z.array(setupLane).min(1).max(500),
  tariffs: z.array(tariff).min(1).max(100),
  permits: z.array(permit).max(200_000).default([]),
  pools: z.array(pool).max(1_000).default([]),
  validations: z.array(validation).max(10_000).default([]),
  blocklist: z.array(blocklistEntry).max(200_000).default([]),
  policy: lotPolicy,
});

/** A bearer token to be there: `ght_<32 hex digits of its id>.<43 characters of base64url>`; only its hash is stored. */
const setupToken = z.object({
  token: z.string().regex(/^ght_[0-9a-f]{32}\.[A-Za-z0-9_-]{43}$/, "must be a whole API token (ght_....)"),
  name: z.string().min(1).max(128),
  role: tokenRole,
  /** Null: all lots of the operator. */
  lot_ids: z.array(uuid).nullable().default(null),
});

/** Everything that one operator starts with. Applied as often as one likes: what is there already stays as it is. */
export const setupData = z.object({
  operator: z.object({ id: uuid, code, name: z.string().min(1).max(255) }),
  lots: z.array(setupLot).max(1_000),
  tokens: z.array(setupToken).max(100),
});

export type SetupData = z.infer<typeof setupData>;
/** What a writer of set-up data has to give; fields with a default may be left out. */
export type SetupDataInput = z.input<typeof setupData>;
export type SetupLot = z.infer<typeof setupLot>;
