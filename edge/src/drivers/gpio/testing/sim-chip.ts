import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CONFIG = "/sys/kernel/config/gpio-sim";

/** A simulated GPIO chip of the kernel (gpio-sim.rst): its lines are driven and measured from outside. */
export class SimChip {
  readonly label: string;
  readonly #folder: string;

  constructor(label: string, lines: Readonly<Record<number, string>> = {}, count = 16) {
    this.label = label;
    this.#folder = join(CONFIG, label);
    const bank = join(this.#folder, "bank");
    mkdirSync(bank, { recursive: true });
    writeFileSync(join(bank, "label"), label);
    writeFileSync(join(bank, "num_lines"), String(count));
    for (const [offset, name] of Object.entries(lines)) {
      const line = join(bank, `line${offset}`);
      mkdirSync(line);
      writeFileSync(join(line, "name"), name);
    }
    this.plug();
  }

  plug(): void {
    writeFileSync(join(this.#folder, "live"), "1");
  }

  unplug(): void {
    if (this.isThere()) writeFileSync(join(this.#folder, "live"), "0");
  }

  isThere(): boolean {
    return this.#read("live") === "1";
  }

  /** Path of the character device, like /dev/gpiochip0. */
  get device(): string {
    return join("/dev", this.#read("bank/chip_name"));
  }

  /** Number of the chip's first line in sysfs. */
  get base(): number {
    const chips = "/sys/class/gpio";
    const labelled = readdirSync(chips).filter((name) => {
      const label = join(chips, name, "label");
      return existsSync(label) && readFileSync(label, "utf8").trim() === this.label;
    });
    return Number((labelled[0] ?? "").replace("gpiochip", ""));
  }

  /** What a meter at the line shows. */
  isHigh(offset: number): boolean {
    return this.isThere() && readFileSync(join(this.#lineFolder(offset), "value"), "utf8").trim() === "1";
  }

  /** What the outside does to the line. */
  pull(offset: number, level: "high" | "low"): void {
    writeFileSync(join(this.#lineFolder(offset), "pull"), level === "high" ? "pull-up" : "pull-down");
  }

  remove(): void {
    this.unplug();
    const bank = join(this.#folder, "bank");
    for (const name of readdirSync(bank)) if (name.startsWith("line")) rmdirSync(join(bank, name));
    rmdirSync(bank);
    rmdirSync(this.#folder);
  }

  #lineFolder(offset: number): string {
    const folder = join(
      "/sys/devices/platform",
      this.#read("dev_name"),
      this.#read("bank/chip_name"),
      `sim_gpio${offset}`,
    );
    if (!existsSync(folder)) throw new Error(`${folder} is not there; does the kernel's gpio-sim look otherwise?`);
    return folder;
  }

  #read(name: string): string {
    return readFileSync(join(this.#folder, name), "utf8").trim();
  }
}
