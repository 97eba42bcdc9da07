import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Hit {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A receiver of webhooks that answers what it is told to, the last answer again and again. */
export async function receiver(
  ...answers: { status: number; body?: string; headers?: Record<string, string> }[]
): Promise<{ url: string; hits: Hit[]; heard: (is: (hit: Hit) => boolean) => Promise<Hit> }> {
  const hits: Hit[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    request.on("end", () => {
      hits.push({ url: request.url!, headers: request.headers, body: JSON.parse(text) });
      const { status, body = "ok", headers = {} } = answers[Math.min(hits.length, answers.length) - 1]!;
      response.writeHead(status, headers).end(body);
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  /** Resolves with the first one of a kind, once it has come. */
  const heard = (is: (hit: Hit) => boolean): Promise<Hit> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = hits.find(is);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits, heard };
}
