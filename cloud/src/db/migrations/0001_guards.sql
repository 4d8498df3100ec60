-- What the table definitions can't say.

-- No spot is promised twice for overlapping times; '[)': one may end when the next begins.
CREATE EXTENSION IF NOT EXISTS btree_gist;
--> statement-breakpoint
ALTER TABLE "reservations" ADD CONSTRAINT "reservations_no_overlap"
  EXCLUDE USING gist ("parking_spot_id" WITH =, tstzrange("start_time", "end_time", '[)') WITH &&)
  WHERE ("status" IN ('confirmed', 'checked_in'));
--> statement-breakpoint

-- The audit log only grows.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
--> statement-breakpoint

-- These rows are written again and again: leave room on the page for the new version.
ALTER TABLE "bus_heads" SET (fillfactor = 50);
--> statement-breakpoint
ALTER TABLE "bus_consumers" SET (fillfactor = 50);
--> statement-breakpoint
ALTER TABLE "parking_spots" SET (fillfactor = 80);
