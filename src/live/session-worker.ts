// The thread a session runs on: started by WorkerLink with the session as its data.
import { parentPort, workerData } from "node:worker_threads";
import { wallClock } from "./clock.js";
import { asLabError, toWire } from "./failure.js";
import { answer } from "./local-link.js";
import { SessionRunner } from "./session-runner.js";
import { prepareSpec, type SessionSpec } from "./spec.js";
import type { FromWorker, ToWorker } from "./worker-link.js";

const port = parentPort!;
const send = (message: FromWorker): void => port.postMessage(message);

async function open(spec: SessionSpec): Promise<SessionRunner> {
  const prepared = await prepareSpec(spec);
  const { id, statePath, venue, speed, warnings } = spec;
  const params = prepared.parse(spec.params);
  return new SessionRunner({ id, statePath, venue, prepared, params, speed, warnings, clock: wallClock }, (message) => {
    send({ kind: "message", message });
    // With nobody left to listen to, the thread ends.
    if (message.kind === "ended") port.close();
  });
}

try {
  const runner = await open(workerData as SessionSpec);
  port.on("message", ({ id, request }: ToWorker) => {
    try {
      const reply = answer(runner, request);
      send({ kind: "answer", id, ...(reply === undefined ? {} : { answer: reply }) });
    } catch (error) {
      send({ kind: "answer", id, error: toWire(asLabError(error, "SESSION_FAILED", "The session could not answer")) });
    }
  });
  send({ kind: "ready" });
} catch (error) {
  send({ kind: "refused", error: toWire(asLabError(error, "SESSION_FAILED", "The session could not be started")) });
}
