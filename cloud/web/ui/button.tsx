import type { ButtonHTMLAttributes } from "react";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: "plain" | "primary";
}

const LOOKS = {
  plain: "border-control bg-panel text-ink enabled:hover:bg-raised",
  primary: "border-accent bg-accent text-on-accent enabled:hover:bg-accent-strong",
} as const;

export function Button({ look = "plain", className = "", type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={`min-h-8 cursor-pointer rounded-md border px-3 py-1 font-medium text-sm disabled:cursor-default disabled:border-line disabled:bg-raised disabled:text-muted ${LOOKS[look]} ${className}`}
      {...rest}
    />
  );
}
