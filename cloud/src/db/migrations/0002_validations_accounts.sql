CREATE TABLE "payment_accounts" (
	"parking_lot_id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"value" jsonb NOT NULL,
	"ended_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "payment_accounts_parking_lot_id_account_id_pk" PRIMARY KEY("parking_lot_id","account_id")
);
--> statement-breakpoint
CREATE TABLE "validation_uses" (
	"parking_lot_id" uuid NOT NULL,
	"validation_id" varchar(64) NOT NULL,
	"session_id" uuid NOT NULL,
	"lane_id" uuid NOT NULL,
	"used_at" timestamp with time zone NOT NULL,
	CONSTRAINT "validation_uses_parking_lot_id_validation_id_session_id_pk" PRIMARY KEY("parking_lot_id","validation_id","session_id")
);
--> statement-breakpoint
CREATE TABLE "validations" (
	"parking_lot_id" uuid NOT NULL,
	"validation_id" varchar(64) NOT NULL,
	"value" jsonb NOT NULL,
	"revoked_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "validations_parking_lot_id_validation_id_pk" PRIMARY KEY("parking_lot_id","validation_id")
);
--> statement-breakpoint
ALTER TABLE "payment_accounts" ADD CONSTRAINT "payment_accounts_parking_lot_id_parking_lots_id_fk" FOREIGN KEY ("parking_lot_id") REFERENCES "public"."parking_lots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "validations" ADD CONSTRAINT "validations_parking_lot_id_parking_lots_id_fk" FOREIGN KEY ("parking_lot_id") REFERENCES "public"."parking_lots"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "validation_uses_session" ON "validation_uses" USING btree ("parking_lot_id","session_id");--> statement-breakpoint
CREATE INDEX "validations_lot_in_force" ON "validations" USING btree ("parking_lot_id","validation_id") WHERE "validations"."revoked_at" is null;