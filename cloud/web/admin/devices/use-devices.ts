import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { useCallback, useEffect, useState } from "react";
import type { Api, ApiFailure } from "../api/client.ts";
import { useServices } from "../services.ts";
import type { Device } from "./device-health.ts";

const POLL_EVERY_MS = 5 * SECOND_MS;

export interface DeviceList {
  /** Null until the first answer. */
  readonly devices: readonly Device[] | null;
  /** Why the last question gave no list; what is shown is older then. */
  readonly failure: ApiFailure | null;
  readonly refresh: () => Promise<void>;
}

/** The devices that the token may see, asked for again every few seconds while somebody looks. */
export function useDevices(api: Api): DeviceList {
  const { clock } = useServices();
  const [devices, setDevices] = useState<readonly Device[] | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const refresh = useCallback(async () => {
    const answer = await api.devices();
    setFailure(answer.ok ? null : answer.error);
    if (answer.ok) setDevices(answer.value.data);
  }, [api]);
  useEffect(() => {
    const look = (): void => {
      if (!document.hidden) void refresh();
    };
    const timer = clock.every(POLL_EVERY_MS, look);
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      timer.cancel();
      document.removeEventListener("visibilitychange", look);
    };
  }, [clock, refresh]);
  return { devices, failure, refresh };
}
