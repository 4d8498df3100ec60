import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installPackages } from "./install.mjs";
import { withInstallLock } from "./install-lock.mjs";
import { SetupError } from "./setup-error.mjs";

/** Makes sure that node_modules is what the lock file asks for. Does nothing, in a few ms, when it already is. */
export async function ensureDependencies(root) {
  if (isInstalled(root)) return;
  checkWritable(root);
  await withInstallLock(join(root, ".pnpm-store"), async (shareLock) => {
    if (isInstalled(root)) return;
    const wanted = fingerprint(root);
    await installPackages(root, shareLock);
    if (!existsSync(ownNode(root))) {
      throw new SetupError("The installation ended well, but Node 24 isn't there. Remove node_modules and try again.");
    }
    writeFileSync(stampFile(root), wanted);
  });
}

function isInstalled(root) {
  return readIfThere(stampFile(root)) === fingerprint(root) && existsSync(ownNode(root));
}

const stampFile = (root) => join(root, "node_modules", ".gatehouse-installed");
const ownNode = (root) => join(root, "node_modules", ".bin", "node");

/** Changes when another installation is needed: the packages asked for, how they are installed, the kind of machine. */
function fingerprint(root) {
  const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}\0${workspace}`);
  const manifests = ["", ...workspacePackages(workspace)].map((folder) => join(folder, "package.json"));
  for (const file of ["pnpm-lock.yaml", ...manifests]) {
    hash.update(`\0${file}\0${readIfThere(join(root, file)) ?? ""}`);
  }
  return hash.digest("hex");
}

/** The folders under `packages:`; the file is ours and has no patterns, so no YAML parser is needed before there is one. */
function workspacePackages(workspace) {
  const block = /^packages:\n((?: +- .*\n)+)/m.exec(workspace);
  if (!block) throw new SetupError("pnpm-workspace.yaml doesn't name the packages.");
  return block[1].split("\n").flatMap((line) => line.replace(/^ +- /, "").replaceAll('"', "").trim() || []);
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function checkWritable(root) {
  for (const folder of [root, join(root, "node_modules"), join(root, ".pnpm-store")]) {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (!found) continue;
    try {
      accessSync(folder, constants.W_OK);
    } catch (cause) {
      throw new SetupError(
        `The packages must be installed, but you can't write to ${folder} (it belongs to user number ${found.uid}).\n` +
          "Run the command as that user, or work in a copy of the project that is yours.",
        { cause },
      );
    }
  }
}
