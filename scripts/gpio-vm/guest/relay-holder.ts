import { openGpioBoard } from "@gatehouse/edge/drivers/gpio/open-gpio-board.ts";
import { processClock } from "@gatehouse/edge/guard/process-clock.ts";
import { board } from "@gatehouse/shared/contracts/config/site/boards.ts";

/* Turns line 3 of the chip "lines" on, says so, and stays until it is killed. Argument: the backend. */

const config = board.parse({ driver: "gpio", id: "holder", chip: "lines", bias: "external", backend: process.argv[2] });
if (config.driver !== "gpio") throw new Error("not a GPIO board");
const port = openGpioBoard({ config, outputs: [3], inputs: [], clock: processClock() });
const done = port.energise(3, "until_released");
process.stdout.write(done.ok ? "on\n" : `${JSON.stringify(port.health())}\n`);
