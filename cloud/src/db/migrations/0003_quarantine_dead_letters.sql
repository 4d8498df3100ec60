CREATE TABLE "device_boots" (
	"device_id" uuid NOT NULL,
	"boot" uuid NOT NULL,
	"ended_at" timestamp with time zone NOT NULL,
	CONSTRAINT "device_boots_device_id_boot_pk" PRIMARY KEY("device_id","boot")
);
--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "settled_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "settled_as" text;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "settled_by" text;--> statement-breakpoint
ALTER TABLE "device_streams" ADD COLUMN "stopped_for" text;--> statement-breakpoint
ALTER TABLE "device_streams" ADD COLUMN "epoch_due" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "device_streams" ADD COLUMN "retold_epoch" integer;--> statement-breakpoint
ALTER TABLE "device_streams" ADD COLUMN "retold_n" bigint;--> statement-breakpoint
ALTER TABLE "device_streams" ADD COLUMN "boot" uuid;--> statement-breakpoint
ALTER TABLE "device_boots" ADD CONSTRAINT "device_boots_device_id_devices_id_fk" FOREIGN KEY ("device_id") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dead_letters_open" ON "dead_letters" USING btree ("lot_id","received_at") WHERE "dead_letters"."settled_at" IS NULL;