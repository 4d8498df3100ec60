ALTER TABLE "devices" ADD COLUMN "next_certificate_serial" text;--> statement-breakpoint
ALTER TABLE "devices" ADD COLUMN "next_certificate_not_after" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "devices" ADD COLUMN "renewal_asked_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "devices" ADD COLUMN "renewal_approved_at" timestamp with time zone;