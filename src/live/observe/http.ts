import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { LabError } from "../../errors/index.js";
import { runningSessions } from "../process/registry.js";

/** What the metrics server answers with. */
export interface Observed {
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  /** `ok` is false when an operator should look. */
  health(): { readonly ok: boolean } & Readonly<Record<string, unknown>>;
}

/** Splits `host:port`. @throws LabError `ADDRESS_INVALID`. */
function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw new LabError(
      "ADDRESS_INVALID",
      `A metrics address is host:port, such as 127.0.0.1:9100, got '${address}'; port 0 takes a free one.`,
      {
        details: { address },
      },
    );
  return { host: match[1] ?? (match[2] === "" ? "127.0.0.1" : match[2]!), port };
}

/** Serves `/metrics` and `/health` of one session. */
export class MetricsServer {
  readonly #server: Server;
  /** `http://host:port`. */
  readonly url: string;

  private constructor(server: Server) {
    this.#server = server;
    const { address, port, family } = server.address() as AddressInfo;
    this.url = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  }

  /** @throws LabError `ADDRESS_INVALID`, `PORT_TAKEN` naming the address, `ADDRESS_UNUSABLE`. */
  static async open(address: string, observed: Observed): Promise<MetricsServer> {
    const { host, port } = parseAddress(address);
    const server = createServer((request, response) => {
      const path = (request.url ?? "/").split("?")[0];
      const send = (status: number, type: string, text: string): void => {
        response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
        response.end(request.method === "HEAD" ? undefined : text);
      };
      if (request.method !== "GET" && request.method !== "HEAD") return send(405, "text/plain", "GET only\n");
      if (path === "/health") {
        const health = observed.health();
        return send(health.ok ? 200 : 503, "application/json", `${JSON.stringify(health)}\n`);
      }
      if (path !== "/metrics") return send(404, "text/plain", "There are /metrics and /health.\n");
      observed.metrics().then(
        ({ type, text }) => send(200, type, text),
        (error: unknown) => send(500, "text/plain", `${String(error)}\n`),
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause: NodeJS.ErrnoException) => reject(refusal(address, cause)));
      server.listen(port, host, resolve);
    });
    server.unref();
    return new MetricsServer(server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function refusal(address: string, cause: NodeJS.ErrnoException): LabError {
  if (cause.code === "EADDRINUSE") {
    const { port } = parseAddress(address);
    const holder = runningSessions().find(({ metrics }) => metrics !== undefined && Number(new URL(metrics).port) === port);
    const who = holder === undefined ? "another program" : `session ${holder.id} (process ${holder.pid})`;
    return new LabError("PORT_TAKEN", `${address} is taken by ${who}; give another metrics address, or port 0 for a free one.`, {
      details: { address, session: holder?.id },
      cause,
    });
  }
  return new LabError("ADDRESS_UNUSABLE", `Metrics cannot be served on ${address}: ${cause.message}.`, { details: { address }, cause });
}
