// Loaded before a verb's script by launch.mjs: when the launcher is killed outright, end as if asked to.
import { isMainThread } from "node:worker_threads";

// Processes and threads that the script starts inherit the flag that loads this file; they have another parent.
if (isMainThread && process.env.GATEHOUSE_LAUNCHER_PID === String(process.ppid) && process.channel) {
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}
delete process.env.GATEHOUSE_LAUNCHER_PID;
