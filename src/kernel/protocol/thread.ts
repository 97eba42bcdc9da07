// What the protocol thread does: `protocol-program.cjs`, made of this file by the build.
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import type { ProtocolOptions } from "../server/threads.js";
import { readConnection } from "./connection.js";
import { openSockets } from "./sockets.js";

// A mistake in answering one message must not take the kernel down.
process.on("uncaughtException", (error) => writeSync(2, `[tesserlab] protocol: ${error.stack}\n`));

start(workerData as ProtocolOptions).catch((error: unknown) => {
  writeSync(2, `[tesserlab] ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
});

/** The sockets are bound in the background while the rest of the program is loaded. */
async function start(options: ProtocolOptions): Promise<void> {
  const connection = readConnection(options.connectionFile);
  const [sockets, { ProtocolServer }] = await Promise.all([openSockets(connection), import("./server.js")]);
  ProtocolServer.start(options, connection, sockets);
}
