ALTER TABLE "device_boots" ALTER COLUMN "ended_at" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "device_boots" ADD COLUMN "anchor_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "device_boots" ADD COLUMN "anchor_mono" bigint;--> statement-breakpoint
ALTER TABLE "device_streams" ADD COLUMN "hello_mono" bigint;--> statement-breakpoint
ALTER TABLE "device_streams" ADD COLUMN "unanchored_boot" uuid;