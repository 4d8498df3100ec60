/** Version of all messages between edge and cloud; a change of any contract under `mqtt/` or `replica/` bumps it. */
export const PROTOCOL_VERSION = 5;
/** The oldest version that this build still reads. */
export const PROTOCOL_OLDEST = 3;

/** Most events in one batch. */
export const BATCH_MAX_EVENTS = 1_000;
/** Most bytes of one batch before compression. */
export const BATCH_MAX_BYTES = 1_048_576;
/** Most bytes of one event line. */
export const EVENT_MAX_BYTES = 65_536;
/** Batches that may be unconfirmed at the same time. */
export const BATCHES_IN_FLIGHT = 4;
/** From this size on a batch is compressed (zstd level 1). */
export const COMPRESS_FROM_BYTES = 1_024;
/** Most replica items in one part of a snapshot or in one delta. */
export const REPLICA_PART_MAX_ITEMS = 1_000;
/**
 * Most bytes of one part of a snapshot or of one delta, as JSON. It keeps well below what brokers take (Mosquitto as
 * shipped with this product: 1,050,624), and a link of 128 kbit/s carries it in 17 s, before either side takes the other
 * for dead.
 */
export const REPLICA_PART_MAX_BYTES = 262_144;
/** Longest life of a command, from issue to not-after. */
export const COMMAND_MAX_LIFE_MS = 30_000;
