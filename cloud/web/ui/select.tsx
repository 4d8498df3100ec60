interface SelectProps<Value extends string> {
  readonly label: string;
  /** A label that only screen readers say, where the options speak for themselves. */
  readonly isLabelHidden?: boolean;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly text: string }[];
  readonly onChange: (value: Value) => void;
}

export function Select<Value extends string>(props: SelectProps<Value>) {
  const { label, isLabelHidden = false, value, options, onChange } = props;
  return (
    <label className="flex min-w-0 items-center gap-2 text-muted text-sm">
      <span className={isLabelHidden ? "sr-only" : "shrink-0"}>{label}</span>
      <select
        className="field min-w-0 max-w-full truncate"
        value={value}
        onChange={({ target }) => {
          const chosen = options.find((option) => option.value === target.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  );
}
