CREATE TABLE "api_tokens" (
	"id" uuid PRIMARY KEY NOT NULL,
	"operator_id" uuid NOT NULL,
	"name" varchar(128) NOT NULL,
	"role" varchar(32) NOT NULL,
	"lot_ids" uuid[],
	"secret_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_tokens_role" CHECK ("api_tokens"."role" in ('operator_admin', 'gate_attendant', 'lpr_device', 'viewer'))
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone NOT NULL,
	"operator_id" uuid,
	"lot_id" uuid,
	"actor_kind" varchar(16) NOT NULL,
	"actor_id" varchar(64) NOT NULL,
	"action" varchar(64) NOT NULL,
	"subject_kind" varchar(32) NOT NULL,
	"subject_id" varchar(64) NOT NULL,
	"request_id" varchar(64),
	"details" jsonb
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"token_id" uuid NOT NULL,
	"key" varchar(128) NOT NULL,
	"request_hash" "bytea" NOT NULL,
	"status" integer NOT NULL,
	"headers" jsonb NOT NULL,
	"body" jsonb,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_token_id_key_pk" PRIMARY KEY("token_id","key")
);
--> statement-breakpoint
CREATE TABLE "bus_consumers" (
	"consumer" varchar(64) NOT NULL,
	"lot_id" uuid NOT NULL,
	"position" bigint DEFAULT 0 NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"retry_at" timestamp with time zone,
	CONSTRAINT "bus_consumers_consumer_lot_id_pk" PRIMARY KEY("consumer","lot_id")
);
--> statement-breakpoint
CREATE TABLE "bus_dead_letters" (
	"consumer" varchar(64) NOT NULL,
	"lot_id" uuid NOT NULL,
	"position" bigint NOT NULL,
	"topic" varchar(64) NOT NULL,
	"payload" jsonb NOT NULL,
	"error" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "bus_dead_letters_consumer_lot_id_position_pk" PRIMARY KEY("consumer","lot_id","position")
);
--> statement-breakpoint
CREATE TABLE "bus_heads" (
	"lot_id" uuid PRIMARY KEY NOT NULL,
	"head" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event_outbox" (
	"lot_id" uuid NOT NULL,
	"position" bigint NOT NULL,
	"topic" varchar(64) NOT NULL,
	"payload" jsonb NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "event_outbox_lot_id_position_pk" PRIMARY KEY("lot_id","position")
);
--> statement-breakpoint
CREATE TABLE "commands" (
	"id" uuid PRIMARY KEY NOT NULL,
	"operator_id" uuid NOT NULL,
	"lot_id" uuid NOT NULL,
	"device_id" uuid NOT NULL,
	"lane_id" uuid NOT NULL,
	"action" text NOT NULL,
	"actor" text NOT NULL,
	"reason" text NOT NULL,
	"nonce" text NOT NULL,
	"issued_at" timestamp with time zone NOT NULL,
	"not_after" timestamp with time zone NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"refusal" text,
	"message" text,
	"sent_at" timestamp with time zone,
	"result_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "alarms" (
	"id" uuid PRIMARY KEY NOT NULL,
	"operator_id" uuid NOT NULL,
	"lot_id" uuid NOT NULL,
	"device_id" uuid,
	"lane_id" uuid,
	"code" text NOT NULL,
	"detail" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dead_letters" (
	"device_id" uuid NOT NULL,
	"epoch" integer NOT NULL,
	"n" bigint NOT NULL,
	"lot_id" uuid NOT NULL,
	"raw" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"code" text NOT NULL,
	"message" text NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	CONSTRAINT "dead_letters_device_id_epoch_n_pk" PRIMARY KEY("device_id","epoch","n")
);
--> statement-breakpoint
CREATE TABLE "device_links" (
	"device_id" uuid PRIMARY KEY NOT NULL,
	"lot_id" uuid NOT NULL,
	"hub_id" uuid,
	"connection_id" uuid,
	"connected" boolean DEFAULT false NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL,
	"link_nonce" text,
	"agent_version" text,
	"replica_version" bigint,
	"replica_checksum" text,
	"link_state" text DEFAULT 'online' NOT NULL,
	"outbox_pending" bigint,
	"lanes" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"telemetry_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "device_streams" (
	"device_id" uuid PRIMARY KEY NOT NULL,
	"lot_id" uuid NOT NULL,
	"epoch" integer NOT NULL,
	"cursor" bigint DEFAULT 0 NOT NULL,
	"hash" text NOT NULL,
	"forked_at" timestamp with time zone,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "devices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"operator_id" uuid NOT NULL,
	"lot_id" uuid NOT NULL,
	"serial" text NOT NULL,
	"certificate_serial" text NOT NULL,
	"certificate_not_after" timestamp with time zone NOT NULL,
	"enrolled_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"revoked_reason" text
);
--> statement-breakpoint
CREATE TABLE "edge_events" (
	"device_id" uuid NOT NULL,
	"epoch" integer NOT NULL,
	"n" bigint NOT NULL,
	"type" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"line" text NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "edge_events_device_id_epoch_n_pk" PRIMARY KEY("device_id","epoch","n")
);
--> statement-breakpoint
CREATE TABLE "enrolment_tokens" (
	"secret_hash" text PRIMARY KEY NOT NULL,
	"operator_id" uuid NOT NULL,
	"lot_id" uuid NOT NULL,
	"serial" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	"used_by" uuid
);
--> statement-breakpoint
CREATE TABLE "lane_overrides" (
	"device_id" uuid NOT NULL,
	"epoch" integer NOT NULL,
	"n" bigint NOT NULL,
	"lot_id" uuid NOT NULL,
	"lane_id" uuid NOT NULL,
	"action" text NOT NULL,
	"actor" text NOT NULL,
	"reason" text NOT NULL,
	"command_id" uuid,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "lane_overrides_device_id_epoch_n_pk" PRIMARY KEY("device_id","epoch","n")
);
--> statement-breakpoint
CREATE TABLE "lane_states" (
	"lane_id" uuid PRIMARY KEY NOT NULL,
	"lot_id" uuid NOT NULL,
	"mode" text NOT NULL,
	"detail" text,
	"changed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "areas" (
	"id" uuid PRIMARY KEY NOT NULL,
	"parking_lot_id" uuid NOT NULL,
	"code" varchar(63) NOT NULL,
	"name" varchar(255) NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "areas_lot_code" UNIQUE("parking_lot_id","code")
);
--> statement-breakpoint
CREATE TABLE "lanes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"parking_lot_id" uuid NOT NULL,
	"area_id" uuid,
	"code" varchar(63) NOT NULL,
	"name" varchar(255) NOT NULL,
	"direction" varchar(20) NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lanes_lot_code" UNIQUE("parking_lot_id","code"),
	CONSTRAINT "lanes_direction" CHECK ("lanes"."direction" in ('entry', 'exit', 'reversible'))
);
--> statement-breakpoint
CREATE TABLE "parking_lots" (
	"id" uuid PRIMARY KEY NOT NULL,
	"operator_id" uuid NOT NULL,
	"code" varchar(63) NOT NULL,
	"name" varchar(255) NOT NULL,
	"address" text,
	"total_spots" integer NOT NULL,
	"time_zone" varchar(64) NOT NULL,
	"currency" varchar(3) NOT NULL,
	"policy" jsonb NOT NULL,
	"policy_version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "parking_lots_operator_code" UNIQUE("operator_id","code"),
	CONSTRAINT "parking_lots_total_spots" CHECK ("parking_lots"."total_spots" >= 0)
);
--> statement-breakpoint
CREATE TABLE "movements" (
	"lot_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"lane_id" uuid NOT NULL,
	"direction" varchar(8) NOT NULL,
	"decision" varchar(8),
	"ask" varchar(32),
	"reasons" text[] DEFAULT '{}' NOT NULL,
	"outcome" varchar(16),
	"plate" varchar(32),
	"session_id" uuid,
	"tariff_id" uuid,
	"tariff_version" integer,
	"fee_minor" bigint,
	"due_minor" bigint,
	"currency" varchar(3),
	"replica_version" bigint,
	"replica_age_ms" bigint,
	"link_state" varchar(16),
	"at" timestamp with time zone NOT NULL,
	"began_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"clock_quality" varchar(8) NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"facts" jsonb,
	CONSTRAINT "movements_lot_id_id_pk" PRIMARY KEY("lot_id","id"),
	CONSTRAINT "movements_decision" CHECK ("movements"."decision" in ('admit', 'refuse', 'ask')),
	CONSTRAINT "movements_outcome" CHECK ("movements"."outcome" in ('passed', 'backed_out', 'tailgated', 'not_seen'))
);
--> statement-breakpoint
CREATE TABLE "operators" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" varchar(63) NOT NULL,
	"name" varchar(255) NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "operators_code_unique" UNIQUE("code")
);
--> statement-breakpoint
CREATE TABLE "payments" (
	"parking_lot_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"user_id" uuid,
	"parking_session_id" uuid NOT NULL,
	"amount_minor" bigint NOT NULL,
	"minor_digits" smallint DEFAULT 2 NOT NULL,
	"amount" numeric(16, 3) GENERATED ALWAYS AS (amount_minor::numeric / power(10::numeric, minor_digits)) STORED NOT NULL,
	"currency" varchar(3) NOT NULL,
	"payment_method" varchar(50) NOT NULL,
	"status" varchar(20) NOT NULL,
	"lane_id" uuid,
	"reference" varchar(64),
	"paid_at" timestamp with time zone NOT NULL,
	"paid_until" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "payments_parking_lot_id_id_pk" PRIMARY KEY("parking_lot_id","id"),
	CONSTRAINT "payments_status" CHECK ("payments"."status" in ('pending', 'completed', 'failed', 'refunded'))
);
--> statement-breakpoint
CREATE TABLE "replica_changes" (
	"lot_id" uuid NOT NULL,
	"version" bigint NOT NULL,
	"checksum" text NOT NULL,
	"changes" json,
	"recorded_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "replica_changes_lot_id_version_pk" PRIMARY KEY("lot_id","version")
);
--> statement-breakpoint
CREATE TABLE "replica_heads" (
	"lot_id" uuid PRIMARY KEY NOT NULL,
	"version" bigint NOT NULL,
	"checksum" text NOT NULL,
	"item_count" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "replica_items" (
	"lot_id" uuid NOT NULL,
	"collection" text NOT NULL,
	"key" text NOT NULL,
	"value" text NOT NULL,
	CONSTRAINT "replica_items_lot_id_collection_key_pk" PRIMARY KEY("lot_id","collection","key")
);
--> statement-breakpoint
CREATE TABLE "reservations" (
	"parking_lot_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"user_id" uuid,
	"parking_spot_id" uuid NOT NULL,
	"license_plate" varchar(32),
	"code" varchar(200),
	"spot_type" varchar(20) NOT NULL,
	"start_time" timestamp with time zone NOT NULL,
	"end_time" timestamp with time zone NOT NULL,
	"status" varchar(20) NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "reservations_parking_lot_id_id_pk" PRIMARY KEY("parking_lot_id","id"),
	CONSTRAINT "reservations_window" CHECK ("reservations"."start_time" < "reservations"."end_time"),
	CONSTRAINT "reservations_status" CHECK ("reservations"."status" in ('confirmed', 'checked_in', 'completed', 'cancelled', 'no_show'))
);
--> statement-breakpoint
CREATE TABLE "blocklist" (
	"parking_lot_id" uuid NOT NULL,
	"entry_id" varchar(64) NOT NULL,
	"value" jsonb NOT NULL,
	"removed_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "blocklist_parking_lot_id_entry_id_pk" PRIMARY KEY("parking_lot_id","entry_id")
);
--> statement-breakpoint
CREATE TABLE "permits" (
	"parking_lot_id" uuid NOT NULL,
	"permit_id" varchar(64) NOT NULL,
	"value" jsonb NOT NULL,
	"revoked_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "permits_parking_lot_id_permit_id_pk" PRIMARY KEY("parking_lot_id","permit_id")
);
--> statement-breakpoint
CREATE TABLE "pools" (
	"parking_lot_id" uuid NOT NULL,
	"pool_id" varchar(64) NOT NULL,
	"value" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "pools_parking_lot_id_pool_id_pk" PRIMARY KEY("parking_lot_id","pool_id")
);
--> statement-breakpoint
CREATE TABLE "tariffs" (
	"parking_lot_id" uuid NOT NULL,
	"tariff_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"name" varchar(120) NOT NULL,
	"in_force_from" timestamp with time zone NOT NULL,
	"value" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tariffs_parking_lot_id_tariff_id_version_pk" PRIMARY KEY("parking_lot_id","tariff_id","version")
);
--> statement-breakpoint
CREATE TABLE "parking_sessions" (
	"parking_lot_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"user_id" uuid,
	"parking_spot_id" uuid,
	"license_plate" varchar(32),
	"ticket" varchar(64),
	"kind" varchar(20) DEFAULT 'transient' NOT NULL,
	"permit_id" varchar(64),
	"reservation_id" varchar(64),
	"spot_type" varchar(20) DEFAULT 'standard' NOT NULL,
	"entry_time" timestamp with time zone NOT NULL,
	"exit_time" timestamp with time zone,
	"status" varchar(20) NOT NULL,
	"close_reason" varchar(32),
	"tariff_id" uuid,
	"tariff_version" integer,
	"fee_minor" bigint,
	"paid_minor" bigint DEFAULT 0 NOT NULL,
	"debt_minor" bigint DEFAULT 0 NOT NULL,
	"currency" varchar(3) NOT NULL,
	"entry_lane_id" uuid,
	"entry_movement_id" uuid,
	"exit_lane_id" uuid,
	"exit_movement_id" uuid,
	"origin" varchar(8) DEFAULT 'edge' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "parking_sessions_parking_lot_id_id_pk" PRIMARY KEY("parking_lot_id","id"),
	CONSTRAINT "parking_sessions_status" CHECK ("parking_sessions"."status" in ('open', 'paid', 'closed', 'voided'))
);
--> statement-breakpoint
CREATE TABLE "parking_spots" (
	"id" uuid NOT NULL,
	"parking_lot_id" uuid NOT NULL,
	"area_id" uuid,
	"spot_number" varchar(50) NOT NULL,
	"type" varchar(20) DEFAULT 'standard' NOT NULL,
	"status" varchar(20) NOT NULL,
	"session_id" uuid,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "parking_spots_parking_lot_id_id_pk" PRIMARY KEY("parking_lot_id","id"),
	CONSTRAINT "parking_spots_id_unique" UNIQUE("id"),
	CONSTRAINT "parking_spots_lot_number" UNIQUE("parking_lot_id","spot_number"),
	CONSTRAINT "parking_spots_type" CHECK ("parking_spots"."type" in ('standard', 'disabled', 'ev')),
	CONSTRAINT "parking_spots_status" CHECK ("parking_spots"."status" in ('available', 'occupied', 'reserved', 'out_of_service'))
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" varchar(255) NOT NULL,
	"password_hash" varchar(255) NOT NULL,
	"first_name" varchar(100),
	"last_name" varchar(100),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "violations" (
	"parking_lot_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"parking_session_id" uuid NOT NULL,
	"violation_type" varchar(50) NOT NULL,
	"description" text,
	"status" varchar(20) NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "violations_parking_lot_id_id_pk" PRIMARY KEY("parking_lot_id","id"),
	CONSTRAINT "violations_status" CHECK ("violations"."status" in ('open', 'notified', 'paid', 'appealed', 'dismissed', 'referred'))
);
--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_operator_id_operators_id_fk" FOREIGN KEY ("operator_id") REFERENCES "public"."operators"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_token_id_api_tokens_id_fk" FOREIGN KEY ("token_id") REFERENCES "public"."api_tokens"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "device_links" ADD CONSTRAINT "device_links_device_id_devices_id_fk" FOREIGN KEY ("device_id") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "device_streams" ADD CONSTRAINT "device_streams_device_id_devices_id_fk" FOREIGN KEY ("device_id") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "areas" ADD CONSTRAINT "areas_parking_lot_id_parking_lots_id_fk" FOREIGN KEY ("parking_lot_id") REFERENCES "public"."parking_lots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lanes" ADD CONSTRAINT "lanes_parking_lot_id_parking_lots_id_fk" FOREIGN KEY ("parking_lot_id") REFERENCES "public"."parking_lots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lanes" ADD CONSTRAINT "lanes_area_id_areas_id_fk" FOREIGN KEY ("area_id") REFERENCES "public"."areas"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parking_lots" ADD CONSTRAINT "parking_lots_operator_id_operators_id_fk" FOREIGN KEY ("operator_id") REFERENCES "public"."operators"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payments" ADD CONSTRAINT "payments_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payments" ADD CONSTRAINT "payments_session" FOREIGN KEY ("parking_lot_id","parking_session_id") REFERENCES "public"."parking_sessions"("parking_lot_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reservations" ADD CONSTRAINT "reservations_parking_lot_id_parking_lots_id_fk" FOREIGN KEY ("parking_lot_id") REFERENCES "public"."parking_lots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reservations" ADD CONSTRAINT "reservations_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blocklist" ADD CONSTRAINT "blocklist_parking_lot_id_parking_lots_id_fk" FOREIGN KEY ("parking_lot_id") REFERENCES "public"."parking_lots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "permits" ADD CONSTRAINT "permits_parking_lot_id_parking_lots_id_fk" FOREIGN KEY ("parking_lot_id") REFERENCES "public"."parking_lots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pools" ADD CONSTRAINT "pools_parking_lot_id_parking_lots_id_fk" FOREIGN KEY ("parking_lot_id") REFERENCES "public"."parking_lots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tariffs" ADD CONSTRAINT "tariffs_parking_lot_id_parking_lots_id_fk" FOREIGN KEY ("parking_lot_id") REFERENCES "public"."parking_lots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parking_sessions" ADD CONSTRAINT "parking_sessions_parking_lot_id_parking_lots_id_fk" FOREIGN KEY ("parking_lot_id") REFERENCES "public"."parking_lots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parking_sessions" ADD CONSTRAINT "parking_sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parking_spots" ADD CONSTRAINT "parking_spots_parking_lot_id_parking_lots_id_fk" FOREIGN KEY ("parking_lot_id") REFERENCES "public"."parking_lots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parking_spots" ADD CONSTRAINT "parking_spots_area_id_areas_id_fk" FOREIGN KEY ("area_id") REFERENCES "public"."areas"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "violations" ADD CONSTRAINT "violations_session" FOREIGN KEY ("parking_lot_id","parking_session_id") REFERENCES "public"."parking_sessions"("parking_lot_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_log_lot_at" ON "audit_log" USING btree ("operator_id","lot_id","at");--> statement-breakpoint
CREATE INDEX "idempotency_keys_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "bus_dead_letters_at" ON "bus_dead_letters" USING btree ("at");--> statement-breakpoint
CREATE INDEX "commands_status_device" ON "commands" USING btree ("status","device_id");--> statement-breakpoint
CREATE INDEX "alarms_lot_at" ON "alarms" USING btree ("lot_id","at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "device_links_lot" ON "device_links" USING btree ("lot_id");--> statement-breakpoint
CREATE UNIQUE INDEX "devices_lot_serial" ON "devices" USING btree ("lot_id","serial");--> statement-breakpoint
CREATE INDEX "lane_overrides_lane_at" ON "lane_overrides" USING btree ("lane_id","at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "movements_lot_at" ON "movements" USING btree ("lot_id","at");--> statement-breakpoint
CREATE INDEX "movements_lot_session" ON "movements" USING btree ("lot_id","session_id") WHERE "movements"."session_id" is not null;--> statement-breakpoint
CREATE INDEX "payments_lot_session" ON "payments" USING btree ("parking_lot_id","parking_session_id");--> statement-breakpoint
CREATE INDEX "reservations_id" ON "reservations" USING btree ("id");--> statement-breakpoint
CREATE INDEX "reservations_user" ON "reservations" USING btree ("user_id","start_time");--> statement-breakpoint
CREATE INDEX "blocklist_lot_in_force" ON "blocklist" USING btree ("parking_lot_id","entry_id") WHERE "blocklist"."removed_at" is null;--> statement-breakpoint
CREATE INDEX "permits_plates" ON "permits" USING gin (("value" -> 'plates')) WHERE "permits"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "permits_lot_in_force" ON "permits" USING btree ("parking_lot_id","permit_id") WHERE "permits"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "tariffs_lot_in_force" ON "tariffs" USING btree ("parking_lot_id","in_force_from");--> statement-breakpoint
CREATE INDEX "parking_sessions_id" ON "parking_sessions" USING btree ("id");--> statement-breakpoint
CREATE UNIQUE INDEX "parking_sessions_one_open" ON "parking_sessions" USING btree ("parking_lot_id","license_plate") WHERE "parking_sessions"."status" in ('open', 'paid') and "parking_sessions"."license_plate" is not null;--> statement-breakpoint
CREATE INDEX "parking_sessions_open" ON "parking_sessions" USING btree ("parking_lot_id") WHERE "parking_sessions"."status" in ('open', 'paid');--> statement-breakpoint
CREATE INDEX "parking_sessions_lot_plate" ON "parking_sessions" USING btree ("parking_lot_id","license_plate","entry_time");--> statement-breakpoint
CREATE INDEX "parking_sessions_lot_entry" ON "parking_sessions" USING btree ("parking_lot_id","entry_time","id");--> statement-breakpoint
CREATE INDEX "parking_spots_lot_type_status" ON "parking_spots" USING btree ("parking_lot_id","status","type","spot_number");--> statement-breakpoint
CREATE UNIQUE INDEX "parking_spots_lot_session" ON "parking_spots" USING btree ("parking_lot_id","session_id") WHERE "parking_spots"."session_id" is not null;--> statement-breakpoint
CREATE INDEX "violations_lot_session" ON "violations" USING btree ("parking_lot_id","parking_session_id");