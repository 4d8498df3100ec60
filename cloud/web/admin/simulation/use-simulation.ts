import type { Simulation } from "@gatehouse/shared/contracts/http/operations.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { useCallback, useEffect, useState } from "react";
import type { Api, ApiFailure } from "../api/client.ts";
import { useServices } from "../services.ts";

const POLL_EVERY_MS = 5 * SECOND_MS;

export interface SimulationControl {
  /** Null where no lot is simulated, and until that is known. */
  readonly world: Simulation | null;
  /** The last question got no answer, so `world` is old. */
  readonly isStale: boolean;
  /** The lot whose link is being switched. */
  readonly switching: Uuid | null;
  readonly failure: ApiFailure | null;
  readonly setLink: (lotId: Uuid, link: "up" | "cut") => Promise<void>;
}

/** The simulated world, asked for as long as there is one. A cloud without one says so once and isn't asked again. */
export function useSimulation(api: Api): SimulationControl {
  const { clock } = useServices();
  const [world, setWorld] = useState<Simulation | null>(null);
  const [isStale, setIsStale] = useState(false);
  const [switching, setSwitching] = useState<Uuid | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  useEffect(() => {
    let isOver = false;
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      const answer = await api.simulation();
      if (isOver) return;
      setIsStale(!answer.ok);
      if (answer.ok) setWorld(answer.value);
      else if (answer.error.status === 404) timer.cancel();
    };
    const timer = clock.every(POLL_EVERY_MS, () => void look());
    void look();
    return () => {
      isOver = true;
      timer.cancel();
    };
  }, [api, clock]);
  const setLink = useCallback(
    async (lotId: Uuid, link: "up" | "cut") => {
      setSwitching(lotId);
      const answer = await api.setLink(lotId, link);
      setSwitching(null);
      setFailure(answer.ok ? null : answer.error);
      if (answer.ok) setWorld((known) => withLots(known, answer.value));
    },
    [api],
  );
  return { world, isStale, switching, failure, setLink };
}

/** The world with those lots renewed that an answer tells of; a switch is answered for its own lot only. */
function withLots(known: Simulation | null, told: Simulation): Simulation {
  const fresh = new Map(told.lots.map((lot) => [lot.lot_id, lot]));
  if (!known) return told;
  return { ...told, lots: known.lots.map((lot) => fresh.get(lot.lot_id) ?? lot) };
}
