import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type PlantedFault, withFault } from "./planted-fault.ts";

const ROOT = join(import.meta.dirname, "../../../..");

/**
 * Makes this process read one source file with a fault in it, from whatever is imported after this call. Nothing is
 * written anywhere.
 */
export function plant(fault: PlantedFault): void {
  const target = pathToFileURL(join(ROOT, fault.file)).href;
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (url !== target || loaded.source === undefined || loaded.source === null) return loaded;
      const text = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
      return { ...loaded, source: withFault(text, fault) };
    },
  });
}
