import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import type { Tone } from "../../ui/tone.ts";
import { codeWords } from "../i18n/code-words.ts";
import { LaneDrawing } from "./lane-drawing.tsx";
import { LOOPS, loopReading } from "./loop-reading.ts";

interface LaneRowProps {
  readonly lane: TelemetryLane;
  readonly lotName: string;
  readonly onOpen: () => void;
}

export function LaneRow({ lane, lotName, onOpen }: LaneRowProps) {
  const { t } = useTranslation();
  return (
    <li className="border-line border-t px-4 py-3">
      <div className="flex items-center gap-2">
        <h5 className="min-w-0 flex-1 text-sm">
          <span className="font-semibold">{lane.code}</span>{" "}
          <span className="text-muted">{t(`lane.direction.${lane.direction}`)}</span>
        </h5>
        <ModeBadge mode={lane.mode} />
        <Button aria-label={t("lane.open_label", { lane: lane.code, lot: lotName })} onClick={onOpen}>
          {t("lane.open")}
        </Button>
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-2">
        <LaneDrawing direction={lane.direction} barrier={lane.barrier} loops={lane.loops} />
        <LaneWords lane={lane} />
      </div>
      {lane.alarms.length > 0 && <Alarms codes={lane.alarms} />}
    </li>
  );
}

const LaneWords = memo(function LaneWords({ lane }: { readonly lane: TelemetryLane }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="min-w-36 flex-1 text-sm">
      <p>
        <span className="font-medium">{t(`lane.barrier.${lane.barrier}`)}</span>
        <span className="text-muted"> · {codeWords(i18n, "lane.state", lane.state)}</span>
      </p>
      <p className="text-muted">{useLoopWords(lane)}</p>
      <p className="mt-1 flex flex-wrap items-center gap-2">
        <span className="sr-only">{t("lane.plate")}: </span>
        {lane.plate === null ? (
          <span className="text-muted">{t("movements.no_plate")}</span>
        ) : (
          <b className="plate">{lane.plate}</b>
        )}
        <span className="sr-only">{t("lane.display")}: </span>
        <q className="text-muted italic">{lane.display}</q>
      </p>
    </div>
  );
});

function useLoopWords({ loops }: TelemetryLane): string {
  const { t } = useTranslation();
  const told = LOOPS.flatMap((loop) => {
    const reading = loopReading(loops[loop]);
    return reading === "clear" ? [] : [`${t(`lane.loop.${loop}`)} ${t(`lane.loop_state.${reading}`)}`];
  });
  return told.length === 0 ? t("lane.loops_clear") : t("lane.loops", { list: told.join(", ") });
}

function ModeBadge({ mode }: { readonly mode: string }) {
  const { i18n } = useTranslation();
  return <Badge tone={MODE_TONES[mode] ?? "warn"}>{codeWords(i18n, "lane.mode", mode)}</Badge>;
}

const MODE_TONES: Readonly<Record<string, Tone>> = {
  automatic: "quiet",
  held_open: "warn",
  locked: "warn",
  emergency_open: "bad",
  out_of_service: "bad",
  fault: "bad",
};

function Alarms({ codes }: { readonly codes: readonly string[] }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="mt-2 rounded-md border border-bad/40 bg-bad-soft px-3 py-1.5 text-bad text-sm">
      <p className="font-semibold">{t("lane.alarms")}</p>
      <ul className="list-inside list-disc">
        {[...new Set(codes)].map((code) => (
          <li key={code}>{codeWords(i18n, "lane.alarm", code)}</li>
        ))}
      </ul>
    </div>
  );
}
