import { TrieRouter } from "hono/router/trie-router";
import type { RouterRoute } from "hono/types";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** For an address that no route answered: the methods with which one would, to tell 405 from 404. */
export function createMethodFinder(routes: readonly RouterRoute[]): (path: string) => readonly string[] {
  const router = new TrieRouter<true>();
  for (const { method, path } of routes) if (METHODS.includes(method)) router.add(method, path, true);
  return (path) => METHODS.filter((method) => router.match(method, path)[0].length > 0);
}
