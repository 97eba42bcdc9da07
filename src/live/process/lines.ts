import type { Socket } from "node:net";

/** Calls a function with every JSON value that arrives, one a line. A line that is none, or too long, ends the connection. */
export function readLines(socket: Socket, limit: number, take: (value: unknown) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (part: string) => {
    const lines = (rest + part).split("\n");
    rest = lines.pop()!;
    if (rest.length > limit) return void socket.destroy();
    for (const line of lines) {
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        return void socket.destroy();
      }
      take(value);
    }
  });
}

/** Sends a value as a line. */
export function writeLine(socket: Socket, value: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(value)}\n`);
}
