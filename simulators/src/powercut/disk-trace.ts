/** What a process did to its files and said, in the order in which the system calls ended. */
export type DiskStep =
  | { readonly kind: "write"; readonly file: string; readonly offset: number; readonly data: Buffer }
  | { readonly kind: "truncate"; readonly file: string; readonly size: number }
  | { readonly kind: "flush"; readonly file: string }
  | { readonly kind: "delete"; readonly file: string }
  /** A line on its standard output. */
  | { readonly kind: "said"; readonly line: string };

/** How strace has to be called so that `readTrace` understands it: whole contents, file names beside descriptors. */
export const STRACE = [
  ...["-f", "-qq", "-y", "-xx", "-s", "2000000", "--seccomp-bpf"],
  ...["-e", "trace=write,pwrite64,writev,pwritev,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,renameat,renameat2"],
];

const CALL = /^(\d+)\s+(\w+)\((.*)\)\s+=\s+(-?\d+)/s;
const UNFINISHED = /^(\d+)\s+(.*) <unfinished \.\.\.>$/s;
const RESUMED = /^(\d+)\s+<\.\.\. \w+ resumed>(.*)$/s;

/** Reads the lines of strace's output (`STRACE`) and keeps what concerns files below `directory`. Throws RangeError for a call that it can't follow. */
export async function readTrace(lines: AsyncIterable<string>, directory: string): Promise<readonly DiskStep[]> {
  const pending = new Map<string, string>();
  const steps: DiskStep[] = [];
  for await (const line of lines) {
    const whole = wholeLine(line, pending);
    const call = whole === null ? null : CALL.exec(whole);
    if (call === null) continue;
    const [, , name = "", args = "", result = ""] = call;
    if (Number(result) < 0) continue;
    const step = stepOf({ name, args, result: Number(result) }, directory);
    if (step !== null) steps.push(step);
  }
  return steps;
}

/** A call that another thread interrupted stands on two lines; it counts when it ended. */
function wholeLine(line: string, pending: Map<string, string>): string | null {
  const begun = UNFINISHED.exec(line);
  if (begun) {
    pending.set(begun[1] ?? "", begun[2] ?? "");
    return null;
  }
  const resumed = RESUMED.exec(line);
  if (!resumed) return line;
  const [, thread = "", rest = ""] = resumed;
  return `${thread} ${pending.get(thread) ?? ""}${rest}`;
}

interface Call {
  readonly name: string;
  readonly args: string;
  readonly result: number;
}

function stepOf(call: Call, directory: string): DiskStep | null {
  const said = /^1<[^>]*>, "(.*)", \d+$/s.exec(call.args);
  if (call.name === "write" && said)
    return {
      kind: "said",
      line: bytesOf(said[1] ?? "")
        .toString("utf8")
        .trimEnd(),
    };
  const file = fileOf(call.args, directory);
  if (file === null) return null;
  switch (call.name) {
    case "fsync":
    case "fdatasync":
      return { kind: "flush", file };
    case "ftruncate":
      return { kind: "truncate", file, size: lastNumber(call.args) };
    case "pwrite64":
      return { kind: "write", file, offset: lastNumber(call.args), data: dataOf(call) };
    case "unlink":
    case "unlinkat":
      return { kind: "delete", file };
    default:
      throw new RangeError(`The store wrote to ${file} by ${call.name}, which the model of the disk can't follow.`);
  }
}

function dataOf({ args, result }: Call): Buffer {
  const quoted = /"((?:\\x[0-9a-f]{2})*)"/.exec(args);
  const data = bytesOf(quoted?.[1] ?? "");
  if (data.length !== result) throw new RangeError(`A write of ${result} bytes was traced with ${data.length}.`);
  return data;
}

/** The file of a call, below the directory: of a descriptor `5</dir/a>`, or of a quoted path. */
function fileOf(args: string, directory: string): string | null {
  const ofDescriptor = /^\d+<([^>]*)>/.exec(args)?.[1];
  const quoted = /"((?:\\x[0-9a-f]{2})*)"/.exec(args)?.[1];
  const path = ofDescriptor ?? (quoted === undefined ? null : bytesOf(quoted).toString("utf8"));
  if (path === null) return null;
  const plain = path.includes("\\x") ? bytesOf(path).toString("utf8") : path;
  return plain.startsWith(`${directory}/`) ? plain.slice(directory.length + 1) : null;
}

function bytesOf(escaped: string): Buffer {
  return Buffer.from(escaped.replaceAll("\\x", ""), "hex");
}

function lastNumber(args: string): number {
  return Number(args.slice(args.lastIndexOf(",") + 1));
}
