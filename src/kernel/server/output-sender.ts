import type { MessagePort } from "node:worker_threads";
import type { OutputSink } from "../output/outputs.js";
import type { Flags } from "./flags.js";
import type { ToProtocol } from "./threads.js";

/** Sends outputs to the protocol thread the moment they are written: a loop that prints and never yields is seen while it runs. */
export function outputSender(port: MessagePort, flags: Flags): OutputSink {
  return (_cell, output, request) => {
    // Counted after posting, not before: a termination that strikes while it waits must leave nothing counted that never comes.
    if (output.type === "stream") {
      port.postMessage([request, output.name, output.text] satisfies ToProtocol);
      flags.push(output.text.length);
    } else {
      port.postMessage({ type: "output", request, output } satisfies ToProtocol);
      flags.push(0); // as many of them may wait, however long they are
    }
  };
}
