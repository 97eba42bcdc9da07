import { createRequire } from "node:module";
import type { Counter, Gauge, Histogram, Registry } from "prom-client";
import { unknownName } from "../../errors/index.js";
import { METRICS, type MetricName } from "./metric-table.js";

/** Loaded at first use: whoever only imports this folder, such as a kernel that starts, does not wait for it. */
const promClient = (): typeof import("prom-client") => createRequire(import.meta.url)("prom-client") as typeof import("prom-client");

type Labels = Readonly<Record<string, string>>;

/** Buckets of how long a disk takes, in seconds. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** The metrics of one session, in a registry of its own: several sessions of one process do not mix. */
export class SessionMetrics {
  readonly #registry: Registry;
  readonly #counters = new Map<string, Counter<string>>();
  readonly #gauges = new Map<string, Gauge<string>>();
  readonly #histograms = new Map<string, Histogram<string>>();
  readonly #refresh: () => void;

  /** @param refresh - sets gauges that are only known when asked, such as ages. */
  constructor(refresh: () => void = () => {}) {
    this.#refresh = refresh;
    const { Counter, Gauge, Histogram, Registry } = promClient();
    this.#registry = new Registry();
    for (const [name, { type, help, labels }] of Object.entries(METRICS)) {
      const common = { name, help, labelNames: [...labels], registers: [this.#registry] };
      if (type === "counter") this.#counters.set(name, new Counter(common));
      else if (type === "gauge") this.#gauges.set(name, new Gauge(common));
      else this.#histograms.set(name, new Histogram({ ...common, buckets: COMMIT_BUCKETS }));
    }
  }

  /** Counts. */
  count(name: MetricName, labels: Labels = {}, by: number = 1): void {
    known(this.#counters, name).inc(labels, by);
  }

  /** Sets a gauge. */
  set(name: MetricName, value: number, labels: Labels = {}): void {
    known(this.#gauges, name).set(labels, value);
  }

  /** Takes a measurement into a histogram. */
  observe(name: MetricName, value: number): void {
    known(this.#histograms, name).observe(value);
  }

  /** Everything in Prometheus' text format. */
  async text(): Promise<string> {
    this.#refresh();
    return this.#registry.metrics();
  }

  /** Media type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }
}

function known<T>(metrics: ReadonlyMap<string, T>, name: string): T {
  const metric = metrics.get(name);
  if (metric === undefined) throw unknownName("METRIC_UNKNOWN", "metric of this type", name, metrics.keys());
  return metric;
}
