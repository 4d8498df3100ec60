import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { SetupError } from "./setup-error.mjs";

const POLL_MS = 250;
const WAIT_LIMIT_MS = 10 * 60_000;
/** After this age the lock of another machine (a shared folder, a container) counts as forgotten. */
const FOREIGN_LIMIT_MS = 15 * 60_000;

/**
 * Runs `work` while no other process does so for the same folder.
 *
 * The lock is a folder that holds a file for each owner. A rename puts it in place whole and fails as long as a folder
 * with a file is there; removing the files of owners that died frees it, however many waiters try at once. `work` is
 * given a function that makes a child process an owner, too, so that a child which outlives us keeps the lock.
 */
export async function withInstallLock(folder, work) {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, "install.lock");
  const owners = [await acquire(folder, lock)];
  const share = (pid) => {
    const owner = ownerName(pid, "child");
    writeFileSync(join(lock, owner), "");
    owners.push(owner);
  };
  try {
    return await work(share);
  } finally {
    for (const owner of owners) rmSync(join(lock, owner), { force: true });
  }
}

function ownerName(pid, mark) {
  return `${pid}@${hostname()}@${mark}`;
}

async function acquire(folder, lock) {
  const started = performance.now();
  let told = false;
  for (;;) {
    const owner = tryAcquire(folder, lock);
    if (owner) return owner;
    if (removeForgotten(lock)) continue;
    if (!told) process.stdout.write("Another command is setting up this folder; waiting for it.\n");
    told = true;
    if (performance.now() - started > WAIT_LIMIT_MS) {
      throw new SetupError(`Waited 10 minutes for another set-up. If none is running, remove the folder ${lock}`);
    }
    await pause(POLL_MS);
  }
}

function tryAcquire(folder, lock) {
  const claim = mkdtempSync(join(folder, "claim-"));
  const owner = ownerName(process.pid, claim.slice(-6));
  writeFileSync(join(claim, owner), "");
  try {
    renameSync(claim, lock);
    return owner;
  } catch (error) {
    rmSync(claim, { recursive: true, force: true });
    if (error.code === "ENOTEMPTY" || error.code === "EEXIST") return null;
    throw error;
  }
}

function removeForgotten(lock) {
  const owners = listOwners(lock).filter((owner) => isForgotten(lock, owner));
  for (const owner of owners) removeIfThere(join(lock, owner));
  return owners.length > 0;
}

function listOwners(lock) {
  try {
    return readdirSync(lock);
  } catch {
    return [];
  }
}

function isForgotten(lock, owner) {
  const [pid, host] = owner.split("@");
  if (host === hostname()) return !isAlive(Number(pid));
  const found = statSync(join(lock, owner), { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > FOREIGN_LIMIT_MS;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function removeIfThere(path) {
  try {
    unlinkSync(path);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}
