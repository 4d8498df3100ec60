import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { memo } from "react";
import { LOOPS, type LoopName, loopReading } from "./loop-reading.ts";

/** Places along the lane, in units of the drawing: centre and length of each loop. */
const PLACES: Readonly<Record<LoopName, { readonly centre: number; readonly length: number }>> = {
  arming: { centre: 52, length: 44 },
  safety: { centre: 100, length: 26 },
  closing: { centre: 148, length: 44 },
};
const WIDTH = 200;
const VEHICLE = { length: 42, width: 22 };

type LaneDrawingProps = Pick<TelemetryLane, "direction" | "barrier" | "loops">;

/** The lane from above. It repeats what the words beside it say, so screen readers pass it over. */
export const LaneDrawing = memo(function LaneDrawing({ direction, barrier, loops }: LaneDrawingProps) {
  const vehicleAt = placeOfVehicle(loops);
  return (
    <svg viewBox={`0 0 ${WIDTH} 66`} className="h-16 w-48 shrink-0" aria-hidden="true">
      <g transform={direction === "exit" ? `matrix(-1 0 0 1 ${WIDTH} 0)` : undefined}>
        <rect className="lane-road" x="0" y="14" width={WIDTH} height="48" rx="2" />
        <path className="lane-arrow" d="M8 33 l7 5 l-7 5" />
        {direction === "reversible" && <path className="lane-arrow" d="M192 33 l-7 5 l7 5" />}
        {LOOPS.map((loop) => (
          <Loop key={loop} loop={loop} word={loops[loop]} />
        ))}
        {vehicleAt !== null && <Vehicle centre={vehicleAt} />}
        <g className="lane-arm" data-barrier={barrier}>
          <line className="lane-arm-base" x1="100" y1="8" x2="100" y2="62" />
          <line className="lane-arm-stripe" x1="100" y1="16" x2="100" y2="62" />
        </g>
        <rect className="lane-post" x="94" y="2" width="12" height="10" rx="2" />
      </g>
      {barrier === "unknown" && (
        <text className="lane-mark" x="100" y="46">
          ?
        </text>
      )}
      {barrier === "stopped" && (
        <text className="lane-mark" x="100" y="46">
          !
        </text>
      )}
    </svg>
  );
});

function Loop({ loop, word }: { readonly loop: LoopName; readonly word: string }) {
  const { centre, length } = PLACES[loop];
  return (
    <rect
      className="lane-loop"
      data-loop={loopReading(word)}
      x={centre - length / 2}
      y="22"
      width={length}
      height="32"
      rx="5"
    />
  );
}

function Vehicle({ centre }: { readonly centre: number }) {
  const { length, width } = VEHICLE;
  return (
    <g className="lane-vehicle" style={{ transform: `translateX(${centre}px)` }}>
      <rect x={-length / 2} y={38 - width / 2} width={length} height={width} rx="6" />
      <rect className="lane-glass" x={length / 2 - 15} y={38 - width / 2 + 3} width="6" height={width - 6} rx="2" />
    </g>
  );
}

/** Between the occupied loops; null when none is. */
export function placeOfVehicle(loops: TelemetryLane["loops"]): number | null {
  const centres = LOOPS.filter((loop) => loopReading(loops[loop]) === "occupied").map((loop) => PLACES[loop].centre);
  return centres.length === 0 ? null : centres.reduce((sum, centre) => sum + centre, 0) / centres.length;
}
