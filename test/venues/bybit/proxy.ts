import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a client and a server and counts the connections. */
export class TcpProxy {
  readonly #server: Server;
  readonly #open: Set<Socket> = new Set();
  /** Connections made so far. */
  made = 0;
  /** When connections were turned away, by the clock of `performance.now()`. */
  readonly refused: number[] = [];
  #refusing = false;
  url = "";

  constructor(target: string) {
    const port = Number(new URL(target).port);
    this.#server = createServer((socket) => {
      if (this.#refusing) {
        this.refused.push(performance.now());
        socket.on("error", () => {});
        socket.destroy();
        return;
      }
      this.made++;
      this.#open.add(socket);
      const behind = connect(port, "127.0.0.1");
      socket.pipe(behind).pipe(socket);
      for (const one of [socket, behind]) one.on("error", () => {});
      socket.on("close", () => {
        this.#open.delete(socket);
        behind.destroy();
      });
      behind.on("close", () => socket.destroy());
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  /** Takes no more connections, and ends those that stand; resolves when the client has ended them, too. */
  async hangUp(): Promise<void> {
    this.#server.close();
    await Promise.all(
      [...this.#open].map((socket) => {
        socket.end();
        return this.#gone(socket);
      }),
    );
  }

  /** Breaks what stands and turns away who comes, until told otherwise. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
    if (refusing) for (const socket of this.#open) socket.destroy();
  }

  /** Resolves when the client has ended every connection. */
  async idle(): Promise<void> {
    await Promise.all([...this.#open].map((socket) => this.#gone(socket)));
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  #gone(socket: Socket): Promise<void> {
    return this.#open.has(socket) ? new Promise((done) => socket.once("close", () => done())) : Promise.resolve();
  }
}
