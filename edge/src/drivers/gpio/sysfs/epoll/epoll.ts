import { POLL_ERROR, POLL_IN, POLL_URGENT, type SystemCalls } from "../../../kernel/system-calls.ts";

type Told = (error: Error | null, fd: number, events: number) => void;

/**
 * Takes the place of the npm package `epoll` under `onoff` (`overrides` in pnpm-workspace.yaml). That package is an addon
 * that must be compiled for exactly this Node and can't be loaded in a worker thread, where the guard is. This one asks
 * poll(2) each time that `pump` is called, and never waits.
 */
export class Epoll {
  static readonly EPOLLIN = POLL_IN;
  static readonly EPOLLPRI = POLL_URGENT;
  static readonly EPOLLERR = POLL_ERROR;
  /** Those that watch a file; onoff makes them itself, so they can't be handed to the driver. */
  static readonly #watching = new Set<Epoll>();
  readonly #told: Told;
  readonly #events = new Map<number, number>();

  constructor(told: Told) {
    this.#told = told;
  }

  add(fd: number, events: number): this {
    this.#events.set(fd, events);
    Epoll.#watching.add(this);
    return this;
  }

  modify(fd: number, events: number): this {
    return this.add(fd, events);
  }

  remove(fd: number): this {
    this.#events.delete(fd);
    if (this.#events.size === 0) Epoll.#watching.delete(this);
    return this;
  }

  close(): void {
    this.#events.clear();
    Epoll.#watching.delete(this);
  }

  /** Calls back whoever watches a file of which something is to be told now. */
  static pump(calls: SystemCalls): void {
    const all = [...Epoll.#watching].flatMap((one) => [...one.#events].map(([fd, events]) => ({ one, fd, events })));
    const now = calls.poll(all);
    all.forEach(({ one, fd, events }, at) => {
      const told = now[at] ?? 0;
      // sysfs says urgent and error at once for a plain notification (sysfs.rst), so an error alone is one.
      if ((told & events) !== 0) one.#tell(null, { fd, events: told });
      else if (told !== 0) one.#tell(new Error(`poll says ${told} of descriptor ${fd}.`), { fd, events: told });
    });
  }

  #tell(error: Error | null, { fd, events }: { fd: number; events: number }): void {
    try {
      this.#told(error, fd, events);
    } catch {
      // onoff reads the value here; a chip that went away is noticed by the driver's next read, which says why.
    }
  }
}
