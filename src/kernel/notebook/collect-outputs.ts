import type { Output } from "../output/outputs.js";
import { isJsonMime, type NotebookBundle, type NotebookOutput } from "./nbformat.js";

/** Makes the outputs of a notebook's cells from what cells write, in order: merges streams, applies updates and clears. */
export class OutputCollector {
  readonly #cells = new Map<string, NotebookOutput[]>();
  readonly #clearing = new Set<string>();
  readonly #displays = new Map<string, { data: NotebookBundle }[]>();

  /** The outputs of a cell; the same array grows as more arrive. */
  of(cellId: string): NotebookOutput[] {
    const outputs = this.#cells.get(cellId) ?? [];
    this.#cells.set(cellId, outputs);
    return outputs;
  }

  add(cellId: string, output: Output): void {
    const outputs = this.of(cellId);
    if (output.type === "clear_output") {
      if (output.wait) this.#clearing.add(cellId);
      else outputs.length = 0;
      return;
    }
    if (output.type === "update_display_data") {
      const data = notebookBundle(output.data);
      for (const shown of this.#displays.get(output.displayId ?? "") ?? []) shown.data = data;
      return;
    }
    if (this.#clearing.delete(cellId)) outputs.length = 0;
    const last = outputs.at(-1);
    if (output.type === "stream" && last?.output_type === "stream" && last.name === output.name) last.text += output.text;
    else outputs.push(this.#make(output));
  }

  #make(output: Exclude<Output, { type: "clear_output" | "update_display_data" }>): NotebookOutput {
    switch (output.type) {
      case "stream":
        return { output_type: "stream", name: output.name, text: output.text };
      case "error": {
        const { ename, evalue, traceback } = output.error;
        return { output_type: "error", ename, evalue, traceback: [...traceback] };
      }
      case "execute_result": {
        const data = notebookBundle(output.data);
        return { output_type: "execute_result", execution_count: output.executionCount, data, metadata: {} };
      }
      default: {
        const shown = { output_type: "display_data" as const, data: notebookBundle(output.data), metadata: {} };
        if (output.displayId !== undefined) this.#displays.set(output.displayId, [...(this.#displays.get(output.displayId) ?? []), shown]);
        return shown;
      }
    }
  }
}

/** A bundle as the file can hold it: bytes as base64, JSON types as plain values of this moment, everything else as text. */
function notebookBundle(bundle: NotebookBundle): NotebookBundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([mime, value]) => {
      if (value instanceof Uint8Array) return [mime, Buffer.from(value).toString("base64")];
      return [mime, isJsonMime(mime) ? JSON.parse(JSON.stringify(value) ?? "null") : String(value)];
    }),
  );
}
