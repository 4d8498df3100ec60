import { z } from "zod";

// The content security policy forbids code made at run time. Schemas look once, when they are made, whether it is
// allowed, so this module must be loaded before any that holds one.
z.config({ jitless: true });
