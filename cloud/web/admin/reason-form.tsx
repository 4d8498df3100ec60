import { type FormEvent, type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/button.tsx";

const MAX_REASON_CHARS = 256;

interface ReasonFormProps {
  /** An example of a reason. */
  readonly hint: string;
  readonly submit: string;
  /** The order is on its way. */
  readonly isBusy: boolean;
  /** Nothing is left to order; the form can only be closed. */
  readonly isOver: boolean;
  readonly onReason: (reason: string) => Promise<void>;
  readonly onClose: () => void;
  /** What became of the order; announced when it changes. */
  readonly children: ReactNode;
}

/** Asks for the reason of an action, which is its confirmation too, and stays until its reader has seen the outcome. */
export function ReasonForm({ hint, submit, isBusy, isOver, onReason, onClose, children }: ReasonFormProps) {
  const { t } = useTranslation();
  const [isMissing, setIsMissing] = useState(false);
  const order = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get("reason") ?? "").trim();
    setIsMissing(reason === "");
    if (reason !== "") void onReason(reason);
  };
  return (
    <form noValidate className="mt-3 flex flex-col gap-3" onSubmit={order} onInput={() => setIsMissing(false)}>
      <ReasonField hint={hint} isMissing={isMissing} isFixed={isOver || isBusy} />
      <div role="status">{children}</div>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{t(isOver ? "reason_form.close" : "reason_form.cancel")}</Button>
        {!isOver && (
          <Button type="submit" look="primary" disabled={isBusy}>
            {submit}
          </Button>
        )}
      </div>
    </form>
  );
}

interface ReasonFieldProps {
  readonly hint: string;
  readonly isMissing: boolean;
  readonly isFixed: boolean;
}

function ReasonField({ hint, isMissing, isFixed }: ReasonFieldProps) {
  const { t } = useTranslation();
  const ids = { field: useId(), hint: useId() };
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={ids.field} className="font-medium text-sm">
        {t("reason_form.reason")}
      </label>
      <input
        id={ids.field}
        name="reason"
        required
        readOnly={isFixed}
        maxLength={MAX_REASON_CHARS}
        autoComplete="off"
        className="field"
        aria-invalid={isMissing}
        aria-describedby={ids.hint}
      />
      <p
        id={ids.hint}
        role={isMissing ? "alert" : undefined}
        className={`text-sm ${isMissing ? "text-bad" : "text-muted"}`}
      >
        {isMissing ? t("reason_form.missing") : hint}
      </p>
    </div>
  );
}
