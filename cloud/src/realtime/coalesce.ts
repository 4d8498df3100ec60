import { type Clock, later, type MonoMs } from "@gatehouse/shared/kit/clock.ts";

export interface CoalesceOptions {
  readonly clock: Clock;
  /** From the start of one run to the start of the next, at least. */
  readonly periodMs: number;
  readonly work: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/**
 * Many triggers, few runs: the first runs at once, those that come within the period or while it runs make one run
 * afterwards. No trigger is without a run that begins after it.
 */
export function coalesce({ clock, periodMs, work, onError }: CoalesceOptions): () => void {
  let wanted = false;
  let busy = false;
  let notBefore: MonoMs | null = null;

  function settle(): void {
    if (!wanted || busy) return;
    const waitMs = notBefore === null ? 0 : notBefore - clock.mono();
    busy = true;
    if (waitMs <= 0) void run();
    else clock.after(waitMs, () => void run());
  }

  async function run(): Promise<void> {
    wanted = false;
    notBefore = later(clock.mono(), periodMs);
    await work().catch(onError);
    busy = false;
    settle();
  }

  return () => {
    wanted = true;
    settle();
  };
}
