import { LabError } from "../../errors/index.js";

/** How long a venue may take to tell what the suite waits for, milliseconds. */
const PATIENCE_MS = 30_000;

/** @throws LabError `VENUE_NONCONFORMING`. */
export function must(holds: boolean | undefined, rule: string, got?: unknown): asserts holds {
  if (!holds)
    throw new LabError(
      "VENUE_NONCONFORMING",
      `${rule}${got === undefined ? "" : `; got ${typeof got === "string" ? got : JSON.stringify(got)}`}.`,
      {
        details: { got },
      },
    );
}

/** The code of the LabError that something throws or rejects with; undefined where it does not. */
export async function code(act: () => unknown): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error instanceof LabError ? error.code : `no LabError: ${String(error)}`;
  }
}

/** What has been told, and waiting for more of it. */
export class Watch<Event> {
  readonly events: Event[] = [];
  readonly #wake: Set<() => void> = new Set();

  readonly hear = (event: Event): void => {
    this.events.push(event);
    for (const wake of [...this.#wake]) wake();
  };

  /** Waits until something holds, looking again at every event and now and then in between. @throws LabError `VENUE_NONCONFORMING` when it does not. */
  async until<T>(rule: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      must(performance.now() < end, `within ${PATIENCE_MS / 1000} s ${rule}`, "nothing of it");
      await new Promise<void>((resume) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#wake.delete(wake);
          resume();
        };
        const timer = setTimeout(wake, 25);
        this.#wake.add(wake);
      });
    }
  }
}
