import { z } from "zod";
import { instant, spotStatus, uuid } from "../primitives.ts";

/** `POST /events/spot-status-change`, with the source document's payload. What the spot is now counts, not `old_status`. */
export const spotStatusReport = z.strictObject({
  timestamp: instant,
  spot_id: uuid,
  new_status: spotStatus,
  old_status: spotStatus.optional(),
  parking_lot_id: uuid,
});
