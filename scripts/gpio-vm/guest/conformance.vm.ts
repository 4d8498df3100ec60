import { gpioBench } from "@gatehouse/edge/drivers/gpio/testing/gpio-bench.ts";
import { boardConformance } from "@gatehouse/edge/ports/board/conformance.ts";

boardConformance("GPIO by character device", async () => gpioBench("chardev"));
boardConformance("GPIO by onoff and sysfs", async () => gpioBench("sysfs"));
