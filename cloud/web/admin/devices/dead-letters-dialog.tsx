import type { deadLetterView } from "@gatehouse/shared/contracts/http/devices.ts";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { z } from "zod";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Notice } from "../../ui/notice.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import type { Api } from "../api/client.ts";
import { formatTime } from "../format/format.ts";
import type { Device } from "./device-health.ts";
import { ReasonedAction } from "./reasoned-action.tsx";

type DeadLetter = z.infer<typeof deadLetterView>;
type Verb = "redeliver" | "discard";

interface DeadLettersDialogProps {
  readonly device: Device;
  readonly api: Api;
  readonly onClose: () => void;
}

/** The events of a device that could not be applied: why, and each can be applied anew or given up (SYNC-15). */
export function DeadLettersDialog({ device, api, onClose }: DeadLettersDialogProps) {
  const { t } = useTranslation();
  const { letters, total, failure, load } = useDeadLetters(api, device);
  const [chosen, setChosen] = useState<{ readonly letter: DeadLetter; readonly verb: Verb } | null>(null);
  const goBack = (): void => {
    setChosen(null);
    void load();
  };
  return (
    <Dialog title={t("devices.letters_title", { lot: device.lot_name })} onClose={onClose}>
      {chosen && <Settle {...chosen} api={api} onBack={goBack} />}
      {!chosen && (
        <div className="mt-3 flex max-h-[70vh] flex-col gap-3">
          <p className="text-sm">{t("devices.letters_what")}</p>
          {failure !== null && <Notice tone="bad">{t("devices.action_failed", { why: failure })}</Notice>}
          {letters?.length === 0 && <Notice tone="good">{t("devices.letters_none")}</Notice>}
          {letters && total > letters.length && (
            <Notice tone="quiet">{t("devices.letters_more", { shown: letters.length, total })}</Notice>
          )}
          <ScrollRegion label={t("devices.letters_list")}>
            <ul className="flex flex-col gap-3">
              {letters?.map((letter) => (
                <li
                  key={`${letter.epoch}.${letter.n}`}
                  className="border-line border-t pt-3 first:border-t-0 first:pt-0"
                >
                  <Letter letter={letter} zone={device.time_zone} onChoose={(verb) => setChosen({ letter, verb })} />
                </li>
              ))}
            </ul>
          </ScrollRegion>
          <div className="flex justify-end">
            <Button onClick={onClose}>{t("reason_form.close")}</Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}

function useDeadLetters(api: Api, device: Device) {
  const { t } = useTranslation();
  const [list, setList] = useState<{ readonly total: number; readonly data: readonly DeadLetter[] } | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const load = useCallback(async () => {
    const answer = await api.deadLetters(device.parking_lot_id);
    setFailure(answer.ok ? null : (answer.error.detail ?? t("devices.no_answer")));
    if (answer.ok) setList(answer.value);
  }, [api, device.parking_lot_id, t]);
  useEffect(() => void load(), [load]);
  return { letters: list?.data ?? null, total: list?.total ?? 0, failure, load };
}

interface LetterProps {
  readonly letter: DeadLetter;
  readonly zone: string;
  readonly onChoose: (verb: Verb) => void;
}

function Letter({ letter, zone, onChoose }: LetterProps) {
  const { t, i18n } = useTranslation();
  const time = formatTime(Date.parse(letter.received_at), "day_time", { locale: i18n.language, zone });
  return (
    <article className="text-sm">
      <p className="font-medium">
        {t("devices.letter", { epoch: letter.epoch, n: letter.n })}
        <span className="font-normal text-muted"> · {t("devices.letter_received", { time })}</span>
      </p>
      <p className="mt-1">{letter.message}</p>
      <details className="mt-1">
        <summary className="cursor-pointer text-accent">{t("devices.letter_raw")}</summary>
        <pre className="mt-1 whitespace-pre-wrap rounded-md bg-raised p-2 text-xs">{readable(letter.body)}</pre>
      </details>
      <div className="mt-2 flex flex-wrap gap-2">
        {(["redeliver", "discard"] as const).map((verb) => (
          <Button
            key={verb}
            onClick={() => onChoose(verb)}
            aria-label={t(`devices.${verb}_label`, { epoch: letter.epoch, n: letter.n })}
          >
            {t(`devices.${verb}`)}
          </Button>
        ))}
      </div>
    </article>
  );
}

interface SettleProps {
  readonly letter: DeadLetter;
  readonly verb: Verb;
  readonly api: Api;
  readonly onBack: () => void;
}

function Settle({ letter, verb, api, onBack }: SettleProps) {
  const { t } = useTranslation();
  const words = {
    hint: t(`devices.${verb}_hint`),
    submit: t(`devices.${verb}_submit`),
    done: t(`devices.${verb}_done`),
  };
  return (
    <>
      <p className="mt-2 font-medium text-sm">{t("devices.letter", { epoch: letter.epoch, n: letter.n })}</p>
      <p className="mt-1 text-sm">{t(`devices.${verb}_what`)}</p>
      <ReasonedAction
        words={words}
        onOrder={(reason) => api.settleDeadLetter(letter, { verb, reason })}
        onClose={onBack}
      />
    </>
  );
}

/** The line with one member a row where it is JSON; as it came where it is not, for that may be why it is here. */
function readable(line: string): string {
  try {
    return JSON.stringify(JSON.parse(line), null, 2);
  } catch {
    return line;
  }
}
