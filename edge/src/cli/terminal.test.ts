import { expect, it } from "vitest";
import { keysIn } from "./terminal.ts";

it.each([
  ["q", ["q"]],
  ["\u001b[B", ["down"]],
  ["\u001b[B\r", ["down", "enter"]],
  ["\u001bOA\u001b[A", ["up", "up"]],
  ["\u001b", ["escape"]],
  ["\u001b[1;5C", ["\u001b[1;5C"]],
  ["\u0003", ["interrupt"]],
  ["jö\u001b[6~", ["j", "ö", "page_down"]],
])("keys that come together are told one by one: %j", (text, keys) => expect(keysIn(text)).toEqual(keys));
