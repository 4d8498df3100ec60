interface SwitchProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly isBusy: boolean;
  /** The present position in words. */
  readonly text: string;
  readonly onToggle: () => void;
}

export function Switch({ label, isOn, isBusy, text, onToggle }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      aria-label={label}
      aria-busy={isBusy}
      onClick={onToggle}
      className="flex min-h-8 shrink-0 cursor-pointer items-center gap-2 rounded-md px-1 text-sm"
    >
      <span
        className={`flex h-5 w-9 items-center rounded-full border p-0.5 ${isOn ? "justify-end border-good bg-good" : "justify-start border-bad bg-bad-soft"}`}
      >
        <span className={`size-3.5 rounded-full ${isOn ? "bg-panel" : "bg-bad"}`} />
      </span>
      <span className={`min-w-20 text-left font-medium ${isOn ? "text-good" : "text-bad"}`}>{text}</span>
    </button>
  );
}
