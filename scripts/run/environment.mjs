import { accessSync, constants, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Settings of npm that say where packages come from; they hold whoever asks. */
const KEPT_SETTINGS = new Set(
  ["registry", "cache", "userconfig", "globalconfig", "proxy", "http_proxy", "https_proxy", "noproxy", "ca", "cafile"]
    .concat(["strict_ssl", "cert", "key"])
    .map((name) => `npm_config_${name}`),
);

/**
 * The environment without what an outer npm leaves behind (its folders, flags such as omit=dev, another Node's nodedir),
 * and with the project's own commands, its Node first of all, in front of the path.
 */
export function projectEnvironment(root) {
  const kept = Object.entries(process.env).filter(([name]) => !isNoise(name));
  const path = [join(root, "node_modules", ".bin"), process.env.PATH ?? ""].filter(Boolean).join(delimiter);
  return { ...Object.fromEntries(kept), ...plainOutput(), PATH: path };
}

/** No colour codes in a file or a pipe, whatever else a continuous-integration service promises. */
function plainOutput() {
  return process.stdout.isTTY || process.env.FORCE_COLOR ? {} : { NO_COLOR: "1" };
}

function isNoise(name) {
  const lower = name.toLowerCase();
  if (!lower.startsWith("npm_")) return false;
  return !KEPT_SETTINGS.has(lower) && !lower.startsWith("npm_config_//");
}

/** The environment of the installation: asks nothing, nags about nothing, gives up soon on a dead network. */
export function installEnvironment(root) {
  const { NODE_ENV: _, ...rest } = projectEnvironment(root);
  return {
    ...rest,
    PATH: process.env.PATH ?? "",
    CI: "true",
    ...npmCache(root),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    npm_config_fetch_retries: "2",
    npm_config_fetch_retry_mintimeout: "1000",
    npm_config_fetch_retry_maxtimeout: "4000",
  };
}

/** A user without a home that can be written to gets npm's cache inside the project. */
function npmCache(root) {
  if (process.env.npm_config_cache) return {};
  const usual = join(homedir(), ".npm");
  try {
    mkdirSync(usual, { recursive: true });
    accessSync(usual, constants.W_OK);
    return {};
  } catch {
    return { npm_config_cache: join(root, ".pnpm-store", "npm-cache") };
  }
}
