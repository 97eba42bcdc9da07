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
  // From a turn of its own: no native code of a socket is under way.
  setImmediate(() => process.exit(2));
});

/** The sockets are bound in the background while the rest of the program is loaded. Where anything fails, they are closed. */
async function start(options: ProtocolOptions): Promise<void> {
  const connection = readConnection(options.connectionFile);
  const [opened, loaded] = await Promise.allSettled([openSockets(connection), import("./server.js")]);
  if (opened.status === "rejected") throw opened.reason;
  try {
    if (loaded.status === "rejected") throw loaded.reason;
    loaded.value.ProtocolServer.start(options, connection, opened.value);
  } catch (error) {
    opened.value.close();
    throw error;
  }
}
