import { registerHooks } from "node:module";

/* Sources of this release end in .ts and have no types any more: they are loaded as the JavaScript that they are. */
registerHooks({
  load: (url, context, next) => next(url, url.endsWith(".ts") ? { ...context, format: "module" } : context),
});
