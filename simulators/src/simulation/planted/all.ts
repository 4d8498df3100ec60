import { edgeFaults } from "./edge.ts";
import { hubFaults } from "./hub.ts";
import type { PlantedFault } from "./planted-fault.ts";
import { replicaFaults } from "./replica.ts";

/** All deliberate faults in the product's own source, which a short run has to find. */
export const PLANTED: readonly PlantedFault[] = [...edgeFaults, ...hubFaults, ...replicaFaults];
