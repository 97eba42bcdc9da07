// Entry of the protocol thread: `protocol.cjs`, made of this file by the build.
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import type { ProtocolOptions } from "../server/threads.js";
import { ProtocolServer } from "./server.js";

// A mistake in answering one message must not take the kernel down.
process.on("uncaughtException", (error) => writeSync(2, `[tesserlab] protocol: ${error.stack}\n`));

ProtocolServer.start(workerData as ProtocolOptions).catch((error: unknown) => {
  writeSync(2, `[tesserlab] ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
});
