import { expect, test } from "vitest";
import { Turnstile } from "./turnstile.ts";

function rig(options = { places: 2, smallPlaces: 1, smallMax: 10 }) {
  const turnstile = new Turnstile(options);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = (device: string, cost: number, indeed = cost): Promise<void> =>
    turnstile.run(device, cost, async ({ costs }) => {
      costs(indeed);
      begun.push(device);
      await new Promise<void>((end) => ends.set(device, end));
    });
  const end = async (device: string): Promise<void> => {
    ends.get(device)?.();
    await turn();
  };
  return { ask, begun, end };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("large jobs wait for a place, and a small one has a place of its own", async () => {
  const { ask, begun, end } = rig();
  for (const device of ["a", "b", "c"]) void ask(device, 1_000);
  void ask("fresh", 5);
  void ask("fresh too", 5);
  await turn();
  expect(begun).toEqual(["a", "b", "fresh"]);
  await end("fresh");
  expect(begun).toEqual(["a", "b", "fresh", "fresh too"]);
  await end("a");
  expect(begun.at(-1)).toBe("c");
});

test("a device that writes again and again doesn't wait for its share, since a place is kept for small jobs", async () => {
  const { ask, begun, end } = rig({ places: 1, smallPlaces: 1, smallMax: 10 });
  for (const device of ["a", "b"]) void ask(device, 100);
  for (let event = 0; event < 30; event++) {
    void ask("fresh", 10);
    await turn();
    await end("fresh");
  }
  expect(begun).toEqual(["a", ...Array.from({ length: 30 }, () => "fresh")]);
});

test("with all places taken a small job is before large ones that came earlier", async () => {
  const { ask, begun, end } = rig({ places: 1, smallPlaces: 0, smallMax: 10 });
  for (const device of ["a", "b", "c"]) void ask(device, 1_000);
  await turn();
  void ask("fresh", 5);
  await end("a");
  expect(begun).toEqual(["a", "fresh"]);
});

test("a device whose job was larger than it said waits for the others", async () => {
  const { ask, begun, end } = rig({ places: 1, smallPlaces: 0, smallMax: 10 });
  void ask("a", 5, 5_000);
  await turn();
  void ask("b", 1_000);
  void ask("a", 5);
  await end("a");
  expect(begun).toEqual(["a", "b"]);
  await end("b");
  expect(begun).toEqual(["a", "b", "a"]);
});

test("a job that fails gives its place back, and its caller hears of it", async () => {
  const turnstile = new Turnstile({ places: 1, smallPlaces: 0, smallMax: 0 });
  const failed = turnstile.run("a", 1, () => Promise.reject(new Error("the database is gone")));
  const after = turnstile.run("b", 1, async () => "done");
  await expect(failed).rejects.toThrow("the database is gone");
  expect(await after).toBe("done");
});
