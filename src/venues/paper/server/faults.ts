import { LabError, unknownName } from "../../../errors/index.js";

/** Where a fault strikes: requests of REST, or frames the server sends on a stream. */
const FAULT_PLACES = ["rest", "public", "private", "trade"] as const;
export type FaultPlace = (typeof FAULT_PLACES)[number];

/**
 * What goes wrong. `delay`, `drop` and `disconnect` everywhere (a dropped request never lands; a disconnected stream is cut before the frame); `duplicate` and `reorder` (with the next one)
 * on streams; on REST `error` (HTTP 5xx; with `landed` after the request took effect), `rateLimit` (retCode 10006), `tooMany` (HTTP 429), and `timeout`: it lands and is never
 * answered.
 */
const FAULT_KINDS = ["delay", "drop", "duplicate", "reorder", "disconnect", "error", "rateLimit", "tooMany", "timeout"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault to come. */
export interface Fault {
  readonly kind: FaultKind;
  readonly at: FaultPlace;
  /** Strikes only where the path (REST, `trade`: the op) or the topic begins so; everywhere unless given. */
  readonly match?: string;
  /** Lets so many pass first; 0 unless given. */
  readonly after?: number;
  /** Strikes so often; once unless given. */
  readonly times?: number;
  /** Of a delay. */
  readonly ms?: number;
  /** On REST: strikes only requests whose body holds this text, such as a client order id. */
  readonly text?: string;
  /** Of an error: the HTTP status, 503 unless given; with a retCode 200. */
  readonly status?: number;
  /** Of an error: Bybit's code in the answer, 10016 unless given. */
  readonly retCode?: number;
  /** Of an error: the request takes effect first. */
  readonly landed?: boolean;
}

const REST_ONLY: readonly FaultKind[] = ["error", "rateLimit", "tooMany", "timeout"];
const STREAM_ONLY: readonly FaultKind[] = ["duplicate", "reorder"];

/** The faults that are to strike, in the order they were given. */
export class FaultPlan {
  #faults: { readonly fault: Fault; skip: number; left: number }[] = [];
  /** How many have struck, by kind. */
  readonly struck: Map<FaultKind, number> = new Map();

  /** @throws LabError `FAULT_INVALID` for a fault that cannot be. */
  add(fault: Fault): void {
    if (!FAULT_KINDS.includes(fault.kind)) throw unknownName("FAULT_INVALID", "fault", String(fault.kind), FAULT_KINDS);
    if (!FAULT_PLACES.includes(fault.at)) throw unknownName("FAULT_INVALID", "place of a fault", String(fault.at), FAULT_PLACES);
    if ((REST_ONLY.includes(fault.kind) && fault.at !== "rest") || (STREAM_ONLY.includes(fault.kind) && fault.at === "rest"))
      throw new LabError("FAULT_INVALID", `A fault of kind ${fault.kind} cannot strike at ${fault.at}.`);
    for (const key of ["after", "times", "ms", "status"] as const)
      if (fault[key] !== undefined && !(Number.isInteger(fault[key]) && fault[key] >= 0))
        throw new LabError("FAULT_INVALID", `${key} of a fault is a whole number from 0, got ${String(fault[key])}.`);
    if (fault.retCode !== undefined && !(Number.isInteger(fault.retCode) && fault.retCode !== 0))
      throw new LabError("FAULT_INVALID", `retCode of a fault is a whole number that is not 0, got ${String(fault.retCode)}.`);
    this.#faults.push({ fault, skip: fault.after ?? 0, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#faults = [];
  }

  /** Faults that have not struck as often as they are to. */
  get pending(): readonly Fault[] {
    return this.#faults.map(({ fault }) => fault);
  }

  /** True while nothing can strike at a place: the quick answer. */
  isQuiet(at: FaultPlace): boolean {
    return this.#faults.length === 0 || !this.#faults.some(({ fault }) => fault.at === at);
  }

  /** The fault that strikes here and now, if any; it is used up. */
  take(at: FaultPlace, name: string, text: string = ""): Fault | undefined {
    for (const one of this.#faults) {
      if (one.fault.at !== at || !name.startsWith(one.fault.match ?? "") || !text.includes(one.fault.text ?? "")) continue;
      if (one.skip > 0) {
        one.skip--;
        continue;
      }
      if (--one.left <= 0) this.#faults = this.#faults.filter((other) => other !== one);
      this.struck.set(one.fault.kind, (this.struck.get(one.fault.kind) ?? 0) + 1);
      return one.fault;
    }
    return undefined;
  }
}
