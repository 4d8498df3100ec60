import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { NewId } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { createContext, useContext } from "react";

/** What the page takes from the browser. */
export interface Services {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
}

export const ServicesContext = createContext<Services | null>(null);

/** The services of the page. Throws outside of its tree. */
export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new TypeError("useServices needs a ServicesContext around it.");
  return services;
}
