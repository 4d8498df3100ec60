import type { StoreShare } from "@gatehouse/shared/sync/disk-pressure.ts";
import { z } from "zod";

const MIB = 1_048_576;
const SHARE = /^(?:(?<percent>[1-9]\d?)%|(?<mib>[1-9]\d{0,6})MiB)$/;

/** `25%` of the file system, 1 to 99, or `4096MiB`. */
export const storeShareVariable = z
  .string()
  .regex(SHARE, "must be a part of the disk, 1% to 99%, or an amount like 4096MiB")
  .transform((text): StoreShare => {
    const { percent, mib } = SHARE.exec(text)?.groups ?? {};
    if (percent !== undefined) return { kind: "percent", percent: Number(percent) };
    return { kind: "bytes", bytes: Number(mib) * MIB };
  });
