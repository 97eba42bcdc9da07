import { LabError } from "../errors/index.js";
import type { SessionLink, SessionMessage, SessionRequest, WireAnswer } from "./messages.js";
import { type RunnerParts, SessionRunner } from "./session-runner.js";

/** A session on the caller's own thread, for a strategy that cannot go to another: it gives way every few milliseconds, but waits while a cell computes. */
export class LocalLink implements SessionLink {
  readonly lost: Promise<never> = new Promise(() => {});
  readonly #runner: SessionRunner;
  #listener: (message: SessionMessage) => void = () => {};

  /** @throws LabError as entering the session into the state file does. */
  constructor(parts: RunnerParts) {
    this.#runner = new SessionRunner(parts, (message) => this.#listener(message));
  }

  listen(listener: (message: SessionMessage) => void): void {
    this.#listener = listener;
  }

  async request(request: SessionRequest): Promise<WireAnswer> {
    return answer(this.#runner, request);
  }
}

/** Carries out a request where the session runs. */
export function answer(runner: SessionRunner, request: SessionRequest): WireAnswer {
  switch (request.kind) {
    case "run":
      void runner.run();
      return undefined;
    case "flush":
      runner.flush();
      return undefined;
    case "stop":
      runner.stop(request);
      return undefined;
    case "status":
      return runner.status();
    case "ready":
      return [];
    case "command":
    case "health":
      throw new LabError(
        "COMMAND_UNSUPPORTED",
        "This session replays recorded candles through the matching of a backtest; commands and health are those of a session on a live feed. It can be stopped.",
      );
  }
}
