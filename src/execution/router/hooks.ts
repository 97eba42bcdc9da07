import { LabError, unknownName } from "../../errors/index.js";

/** Where a hook may look in. Only `preSubmit` may change something: it may return another plan. */
export const HOOK_STAGES = ["prePlan", "preSubmit", "onWorking", "onFill", "onMiss", "onEscalate", "onCancel"] as const;
export type HookStage = (typeof HOOK_STAGES)[number];

/** What a hook is told besides its payload. */
export type HookContext = Readonly<Record<string, unknown>>;

/** Called with the plan (`preSubmit`), the working order (later stages) or null (`prePlan`). Synchronous: a promise is an error. */
// biome-ignore lint/suspicious/noExplicitAny: payloads differ by stage, and a hook may be written for one
export type RouterHook = (payload: any, context: HookContext) => unknown;

/** Hooks by stage, as a run is given them. Those of one stage run in their order. */
export type RouterHooks = { readonly [stage in HookStage]?: RouterHook | readonly RouterHook[] };

/** A hook's failure, kept as a value. */
export interface HookFailure {
  readonly stage: HookStage;
  readonly message: string;
  readonly cause: unknown;
}

/**
 * Checks hooks by stage.
 * @returns each hook with its stage.
 * @throws LabError `HOOK_STAGE`, `HOOK_INVALID`, `HOOK_ASYNC`.
 */
export function routerHooks(hooks: RouterHooks = {}): readonly { readonly stage: HookStage; readonly hook: RouterHook }[] {
  if (typeof hooks !== "object" || hooks === null || Array.isArray(hooks))
    throw new LabError("HOOK_INVALID", "hooks is an object of functions by stage, such as { preSubmit: (plan) => plan }.");
  return Object.entries(hooks).flatMap(([stage, given]) =>
    [given ?? []].flat().map((hook) => {
      assertHook(stage, hook);
      return { stage: stage as HookStage, hook };
    }),
  );
}

function assertHook(stage: string, hook: unknown): void {
  if (!(HOOK_STAGES as readonly string[]).includes(stage)) throw unknownName("HOOK_STAGE", "hook stage", String(stage), HOOK_STAGES);
  if (typeof hook !== "function") throw new LabError("HOOK_INVALID", `A hook is a function, got ${typeof hook}.`);
  if (Object.prototype.toString.call(hook) === "[object AsyncFunction]")
    throw new LabError("HOOK_ASYNC", "A router's hooks are synchronous: an order cannot wait for a promise.");
}

/** Failures that are kept; the count goes on. */
const KEPT = 100;

/** The hooks of a router: run in the order they were registered, each isolated from the others and from the plan. */
export class Hooks {
  readonly #byStage = new Map<HookStage, { readonly hook: RouterHook }[]>(HOOK_STAGES.map((stage) => [stage, []]));
  readonly failures: HookFailure[] = [];
  readonly #onError: () => void;

  constructor(onError: () => void) {
    this.#onError = onError;
  }

  /** @throws LabError `HOOK_STAGE`, `HOOK_INVALID`, `HOOK_ASYNC`. */
  register(stage: string, hook: RouterHook): () => void {
    assertHook(stage, hook);
    const own = { hook };
    const stageName = stage as HookStage;
    this.#byStage.set(stageName, [...this.#byStage.get(stageName)!, own]);
    return () => {
      this.#byStage.set(
        stageName,
        this.#byStage.get(stageName)!.filter((one) => one !== own),
      );
    };
  }

  has(stage: HookStage): boolean {
    return this.#byStage.get(stage)!.length > 0;
  }

  /** Whether no hook is registered at all. */
  get isEmpty(): boolean {
    return HOOK_STAGES.every((stage) => !this.has(stage));
  }

  /** Runs a stage that only observes. */
  run(stage: HookStage, payload: unknown, context: HookContext): void {
    for (const { hook } of this.#byStage.get(stage)!) this.#call(stage, hook, payload, context);
  }

  /** Runs a stage that may replace its payload; `accept` says what becomes of an answer. */
  fold<T>(stage: HookStage, payload: T, context: HookContext, accept: (current: T, answer: unknown) => T): T {
    let current = payload;
    for (const { hook } of this.#byStage.get(stage)!) {
      const answer = this.#call(stage, hook, current, context);
      if (answer !== undefined && answer !== null) current = accept(current, answer);
    }
    return current;
  }

  /** Keeps what a hook did wrong without counting it: an answer that is no plan. */
  warn(stage: HookStage, message: string, cause: unknown): void {
    if (this.failures.length < KEPT) this.failures.push(Object.freeze({ stage, message, cause }));
  }

  #call(stage: HookStage, hook: RouterHook, payload: unknown, context: HookContext): unknown {
    try {
      const answer = hook(payload, { ...context });
      if (typeof (answer as { then?: unknown } | null | undefined)?.then !== "function") return answer;
      void Promise.resolve(answer).catch(() => {});
      throw new LabError("HOOK_ASYNC", "A hook returned a promise; it is ignored.");
    } catch (error) {
      this.#onError();
      this.warn(stage, error instanceof Error ? error.message : String(error), error);
      return undefined;
    }
  }
}
