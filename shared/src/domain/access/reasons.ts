/**
 * Every reason a decision can give, and the one sentence that tells an operator what it means. The codes travel in
 * events and are kept for years: add, never rename.
 */
export const reasonTexts = {
  // Lane
  lane_locked: "The lane is locked; unlock it at the lot before vehicles can pass.",
  lane_out_of_service: "The lane is out of service or has a fault.",
  lane_held_open: "The lane is held open; the vehicle is recorded and may pass.",
  lane_wrong_direction: "The lane works in the other direction at this moment.",
  no_vehicle: "No vehicle stands on the arming loop, so the read does not count.",
  // Reading
  read_stale: "The read is too old to belong to the vehicle in the lane.",
  read_heading_away: "The camera saw a vehicle that drives away from the lane.",
  read_low_confidence: "The camera was not sure enough of the plate.",
  read_conflict: "Several reads disagree about the plate.",
  no_plate: "No plate could be read.",
  plate_resembles: "The plate only resembles a known one and is not taken for it.",
  // Entitlement
  permit_valid: "A permit allows the entry.",
  permit_not_in_time: "The permit does not hold at this date or time.",
  permit_other_area: "The permit is for another area of the lot.",
  permit_full: "All places of the permit are taken.",
  pool_full: "All places of the pool are taken.",
  permit_overflow_flagged: "Let in above the permit's limit, as its policy says.",
  permit_overflow_billed: "Above the permit's limit; the stay is paid like a visitor's.",
  reservation_valid: "A reservation allows the entry.",
  reservation_too_early: "The reservation starts later.",
  reservation_too_late: "The reservation was not taken up in time.",
  reservation_not_active: "The reservation is cancelled, used or expired.",
  transient_by_plate: "A visitor, known by plate.",
  transient_by_ticket: "A visitor, known by ticket or code.",
  transients_not_accepted: "This lot takes no visitors.",
  blocklisted: "The plate is on the blocklist.",
  blocklist_flagged: "The plate is on the watch list.",
  // Lot
  lot_full: "The lot is full.",
  spot_type_full: "No spot of this type is free.",
  lot_closed: "The lot is closed at this hour.",
  store_full: "The gate's computer has hardly any room for records left; vehicles inside leave as ever.",
  area_full: "The area behind this lane is full.",
  area_permits_only: "The area behind this lane is for permits and reservations only.",
  // Sessions
  resumed: "The vehicle was let through before and not seen to pass.",
  supersedes_session: "An earlier stay of this vehicle was still open; its exit was not seen.",
  passback_flagged: "The credential is inside already; let in and flagged.",
  passback_refused: "The credential is inside already.",
  session_found: "The stay was found.",
  exit_without_session: "No stay was found for this vehicle.",
  several_sessions: "More than one stay fits; an operator has to choose.",
  area_passage: "The vehicle goes from one area of the lot to another; its stay goes on and nothing is paid here.",
  area_without_stay: "No stay was found for this vehicle, though it is in the lot.",
  lost_ticket: "The ticket is lost; the fixed fee applies.",
  ticket_mistyped: "The code is not one of a ticket; it was typed or scanned wrongly.",
  ticket_forged: "The ticket has not been issued by this lot's machines.",
  ticket_other_lot: "The ticket is of another lot.",
  ticket_used: "The stay of this ticket has ended.",
  ticket_without_stay:
    "The ticket is this lot's but no stay is known for it here; it is paid from the time of its printing.",
  // Money
  validation_used: "The validation has been used for another stay.",
  validation_not_in_time: "The validation does not hold at this time.",
  validation_without_stay: "A validation was shown, but no stay was found that it could be for.",
  nothing_due: "Nothing is to be paid.",
  within_paid_time: "Paid, and within the time to leave.",
  paid_time_over: "Paid, but the time to leave is over.",
  overpaid: "More was paid than the stay costs, so something is to be given back.",
  payment_due: "A fee is to be paid.",
  automatic_payment: "The fee is collected from the account.",
  offline_debt: "Payments can't be made now; the vehicle leaves and owes the fee.",
  offline_limit: "Payments can't be made now, and the fee is above what may be owed.",
  debt_of_earlier_visit: "A fee of an earlier visit is not paid.",
  tariff_missing: "The tariff of this stay is not known here, so the stay has no price; a person has to set it.",
  fail_open: "No decision was possible; the exit opens and the stay is recorded.",
  fail_closed: "No decision was possible; the entry stays closed.",
  // Data
  replica_stale: "The data from the cloud is older than the policy allows.",
  clock_not_trusted: "The clock was not set, so dates and hours could not be judged.",
  entry_in_future: "The entry lies after the exit by this clock; no time is charged.",
  stay_clamped: "The stay is too long to be real; only the longest chargeable time counts.",
} as const;

export type ReasonCode = keyof typeof reasonTexts;
