import { setTimeout as sleep } from "node:timers/promises";
import type { TypeMode } from "../host.js";
import type { LanguageService } from "../language/index.js";
import { helperNames, notedNames } from "./helper-names.js";
import { checkTypes, isHarmless, type TypeVerdict } from "./type-checks.js";

/** How often to look whether a cell keeps the main thread from telling the names of the helpers, milliseconds. */
const LOOK_MS = 500;
/** The service starts once the kernel has been ready this long, milliseconds: not while the first cell is on its way. */
const IDLE_MS = 50;
/** Looks after which they are asked for elsewhere in any case. */
const MAX_LOOKS = 8;

/** What the types of a kernel are about. */
export interface TypesOptions {
  readonly folder: string;
  /** Module of the helpers. */
  readonly lab: string | undefined;
  readonly mode: TypeMode;
  /** Whether a cell is being executed. */
  readonly isBusy: () => boolean;
}

/**
 * The language service as the protocol sees it. It starts once the names of the helpers are known: at once where the build noted them, else when they have been
 * loaded. What is executed or asked before waits for it, in order: no cell is forgotten, and no question is answered with nothing because it came early.
 */
export class Types {
  /** How strictly cells are checked. */
  mode: TypeMode;
  readonly #options: TypesOptions;
  readonly #service: Promise<LanguageService | undefined>;
  #resolve!: (service: LanguageService | undefined) => void;
  #isStarting = false;
  #started: LanguageService | undefined;
  /** Whether it answers quickly. */
  #isReady = false;
  #hasEnded = false;
  #asking: Promise<void> | undefined;

  constructor(options: TypesOptions) {
    this.mode = options.mode;
    this.#options = options;
    this.#service = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Starts the service soon, where the names of the helpers are known without loading them. */
  begin(): void {
    setTimeout(() => this.#startWithNoted(), IDLE_MS);
  }

  /** Starts the service, the first time it is called. */
  async start(helpers: readonly string[]): Promise<void> {
    if (this.#isStarting || this.#hasEnded) return;
    this.#isStarting = true;
    const { LanguageService } = await import("../language/index.js");
    const { folder, lab } = this.#options;
    if (!this.#hasEnded) this.#started = LanguageService.start({ folder, helpers, ...(lab === undefined ? {} : { lab }) });
    void this.#started?.ready.then(() => {
      this.#isReady = true;
    });
    this.#resolve(this.#started);
  }

  /** The service, once it is there; `undefined` only when the kernel ends. */
  service(): Promise<LanguageService | undefined> {
    if (!this.#isStarting && !this.#startWithNoted()) this.#asking ??= this.#startWithoutMain();
    return this.#service;
  }

  /** Takes over the names of a cell that was executed. */
  remember(cellId: string, code: string, failed: boolean): void {
    void this.#service.then((service) => service?.remember(cellId, code, { failed }));
  }

  /**
   * Checks a cell that is about to run, as strictly as the mode says; `undefined` where there is nothing to check.
   * @param late - takes the warning of a check that took longer than the cell may be held back.
   */
  check(code: string, late: (warning: string) => void): Promise<TypeVerdict> | undefined {
    const { mode } = this;
    if (mode === "off" || isHarmless(code)) return undefined;
    return checkTypes(code, mode, (block) => (block ? this.service() : this.#service), late, this.#isReady);
  }

  async stop(): Promise<void> {
    this.#hasEnded = true;
    this.#resolve(undefined);
    await this.#started?.stop();
  }

  #startWithNoted(): boolean {
    const names = this.#isStarting ? undefined : notedNames(this.#options.lab);
    if (names !== undefined) void this.start(names);
    return names !== undefined;
  }

  /** A cell that runs before the helpers were loaded, and goes on running, must not leave the notebook without types: another process says their names. */
  async #startWithoutMain(): Promise<void> {
    const { lab, isBusy } = this.#options;
    for (let look = 1; look <= MAX_LOOKS; look++) {
      await Promise.race([this.#service, sleep(LOOK_MS)]);
      if (this.#isStarting || this.#hasEnded) return;
      if (isBusy()) break;
    }
    await this.start(await helperNames(lab));
  }
}
