import { type ChildProcess, fork } from "node:child_process";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { Answer, Crop, FoundText, Question } from "../../../../ocr/src/messages.ts";

/**
 * `not_installed`: the optional recogniser isn't on this computer. `busy`: pictures wait already. `late`: no answer in time.
 * `failed`: it ended, or the picture is none.
 */
export type OcrError = "not_installed" | "busy" | "late" | "failed";

/** Pictures that may wait; a vehicle's next picture is better than its last. */
const MAX_WAITING = 4;
/** Longest time for one picture, the start of the process included, ms. */
const ANSWER_MAX_MS = 10_000;
const MAX_COMPLAINT = 2_048;
const CHILD = fileURLToPath(new URL("../../../../ocr/src/engine-child.ts", import.meta.url));

interface Asked {
  readonly settle: (answer: Result<readonly FoundText[], OcrError>) => void;
  readonly timer: Timer;
}

/**
 * The recogniser of text in pictures, in a process of its own at low priority, shared by all lanes. It is started with the
 * first picture, kept, and started anew with the next picture after it died.
 */
export class OcrEngine {
  readonly #clock: Clock;
  readonly #asked = new Map<number, Asked>();
  #child: ChildProcess | null = null;
  #complaint = "";
  #nextId = 1;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** The lines of text in a JPEG picture, or in a part of it. */
  read(jpeg: Uint8Array, crop: Crop | null): Promise<Result<readonly FoundText[], OcrError>> {
    if (this.#asked.size >= MAX_WAITING) return Promise.resolve(err("busy"));
    this.#child ??= this.#start();
    const child = this.#child;
    const question: Question = { id: this.#nextId++, jpeg, crop };
    return new Promise((resolve) => {
      const settle: Asked["settle"] = (answer) => {
        if (!this.#asked.delete(question.id)) return;
        timer.cancel();
        resolve(answer);
      };
      const timer = this.#clock.after(ANSWER_MAX_MS, () => {
        settle(err("late"));
        child.kill("SIGKILL");
      });
      this.#asked.set(question.id, { settle, timer });
      child.send(question, (error) => {
        if (error) settle(err("failed"));
      });
    });
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
  }

  #start(): ChildProcess {
    const child = fork(CHILD, { silent: true, serialization: "advanced" });
    this.#complaint = "";
    child.stdout?.resume();
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(0, MAX_COMPLAINT);
    });
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    child.on("message", (message: Answer) => {
      if (typeof message === "object") this.#answered(message);
    });
    child.on("error", () => {});
    child.on("close", () => this.#ended(child));
    return child;
  }

  #answered(answer: Answer): void {
    this.#asked.get(answer.id)?.settle("lines" in answer ? ok(answer.lines) : err("failed"));
  }

  #ended(child: ChildProcess): void {
    if (this.#child === child) this.#child = null;
    const error: OcrError = this.#complaint.includes("ERR_MODULE_NOT_FOUND") ? "not_installed" : "failed";
    for (const { settle } of [...this.#asked.values()]) settle(err(error));
  }
}
