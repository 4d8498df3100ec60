import { spawn } from "node:child_process";

export interface Tool {
  readonly name: string;
  /** A program of node_modules/.bin, or a script of ours, with its arguments. */
  readonly command: readonly [string, ...string[]];
  /** What to do when it fails, in one sentence. */
  readonly advice: string;
}

export interface ToolResult {
  readonly tool: Tool;
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
}

/** Runs one tool to its end; a tool that can't be started counts as failed, with the reason as its output. */
export function runTool(tool: Tool, root: string): Promise<ToolResult> {
  const started = performance.now();
  const [program, ...args] = tool.command;
  return new Promise((resolve) => {
    const chunks: string[] = [];
    const finish = (ok: boolean) => {
      resolve({ tool, ok, output: chunks.join(""), seconds: (performance.now() - started) / 1000 });
    };
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (chunk) => chunks.push(String(chunk)));
    child.stderr.on("data", (chunk) => chunks.push(String(chunk)));
    child.on("error", (error) => {
      chunks.push(`${error.message}\n`);
      finish(false);
    });
    child.on("close", (code) => finish(code === 0));
  });
}

/** Runs tools, at most `atOnce` at a time, and tells each result as it comes. Resolves with all of them. */
export async function runTools(
  tools: readonly Tool[],
  options: { root: string; atOnce: number; onResult: (result: ToolResult) => void },
): Promise<ToolResult[]> {
  const waiting = [...tools];
  const results: ToolResult[] = [];
  const work = async (): Promise<void> => {
    for (let tool = waiting.shift(); tool; tool = waiting.shift()) {
      const result = await runTool(tool, options.root);
      results.push(result);
      options.onResult(result);
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, work));
  return results;
}
