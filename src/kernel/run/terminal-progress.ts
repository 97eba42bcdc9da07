import type { RunEvent } from "./progress.js";

/** What progress is written to: a terminal, or a file or pipe. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/**
 * Prints a notebook run: one line a cell with its number, time and first line of source. On a terminal the running cell has a live line;
 * elsewhere plain lines only.
 */
export function terminalProgress(stream: ProgressStream): (event: RunEvent) => void {
  const live = stream.isTTY === true;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    if (live) stream.write("\r\u001b[2K");
  };
  const line = (mark: string, event: { index: number; cells: number; source: string }, ms: number): string => {
    const width = String(event.cells).length;
    const head = `${mark} [${String(event.index).padStart(width)}/${event.cells}] ${duration(ms).padStart(8)}  `;
    return head + clip(title(event.source), (stream.columns ?? 100) - head.length - 1);
  };
  return (event) => {
    switch (event.type) {
      case "start":
        stream.write(`${event.notebook}: ${event.cells} code cells\n`);
        break;
      case "cell": {
        if (!live) break;
        const begin = performance.now();
        let tick = 0;
        const draw = (): void => {
          stream.write(`\r\u001b[2K${line(SPINNER[tick++ % SPINNER.length]!, event, performance.now() - begin)}`);
        };
        draw();
        timer = setInterval(draw, 100);
        timer.unref();
        break;
      }
      case "cell-done":
        stop();
        stream.write(`${line(event.ok ? "✓" : "✗", event, event.ms)}\n`);
        break;
      case "done":
        stop();
        stream.write(`${event.ok ? "ok" : "failed"} in ${duration(event.ms)}, written to ${event.out}\n`);
    }
  };
}

/** The first line that says something. */
function title(source: string): string {
  const lines = source.split("\n").map((text) => text.trim());
  return lines.find((text) => text !== "" && !text.startsWith("//")) ?? lines.find((text) => text !== "") ?? "(empty)";
}

const clip = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`);

const duration = (ms: number): string =>
  ms < 1000
    ? `${ms.toFixed(0)} ms`
    : ms < 60_000
      ? `${(ms / 1000).toFixed(1)} s`
      : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
