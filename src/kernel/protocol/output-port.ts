import type { Output } from "../output/outputs.js";
import { OutputBudget } from "./budget.js";
import { DisplayThrottle } from "./display-throttle.js";
import type { Content } from "./message.js";
import type { Publisher } from "./publisher.js";
import { RestFile } from "./rest-file.js";
import { StreamBuffer, type StreamName } from "./stream-buffer.js";

/** The part of an execution that its outputs need to know. */
export interface OutputOwner {
  /** Header of the request: outputs belong to it. */
  readonly parent: string;
  /** Execution count. */
  readonly number: number;
  /** No result is shown. */
  readonly silent: boolean;
}

interface Owned extends OutputOwner {
  rest: RestFile | undefined;
  /** Output goes into the file at the moment. */
  diverted: boolean;
}

/** After a cut, output comes back once there is room for this much. */
const RESUME_BYTES = 200_000;
/** What a stream message holds beside the text. */
const FRAME_BYTES = 30;

/** Length of a text on the wire, where quotes, line ends and control characters take more than a byte. */
const wireBytes = (text: string): number => (text === "" ? 0 : Buffer.byteLength(JSON.stringify(text)) + FRAME_BYTES);

/** Requests whose late output still finds its cell. */
const REMEMBERED = 10_000;

/**
 * Outputs of cells on their way to the clients: coalesced, in order, each under its own request, and kept within what a notebook server
 * lets through. The rest goes into a file, and a notice says so. Results, errors and notices always pass.
 */
export class OutputPort {
  readonly #publisher: Publisher;
  readonly #budget: OutputBudget;
  readonly #streams: StreamBuffer;
  readonly #displays: DisplayThrottle;
  readonly #owners = new Map<number, Owned>();
  readonly #onSent: (length: number) => void;

  /** @param onSent - told how many characters of stream text have left, or were put aside. */
  constructor(publisher: Publisher, onSent: (length: number) => void, budget: OutputBudget = new OutputBudget()) {
    this.#publisher = publisher;
    this.#onSent = onSent;
    this.#budget = budget;
    this.#streams = new StreamBuffer((request, name, text) => this.#sendText(request, name, text));
    this.#displays = new DisplayThrottle((request, output) => this.#sendDisplay(request, output));
  }

  /** A request starts. */
  open(request: number, owner: OutputOwner): void {
    this.#owners.set(request, { ...owner, rest: undefined, diverted: false });
    if (this.#owners.size > REMEMBERED) this.#owners.delete(this.#owners.keys().next().value!);
  }

  /** Text a cell wrote. */
  write(request: number, name: StreamName, text: string): void {
    this.#streams.write(request, name, text);
  }

  /** Any output of a cell. */
  output(request: number, output: Output): void {
    if (output.type === "stream") {
      this.write(request, output.name, output.text);
      return;
    }
    this.#streams.flush();
    const owner = this.#owners.get(request);
    if (owner === undefined) return;
    switch (output.type) {
      case "display_data":
      case "update_display_data":
        this.#displays.write(request, output);
        break;
      case "clear_output":
        if (this.#budget.room > 0) this.#send(owner, "clear_output", { wait: output.wait });
        break;
      case "execute_result":
        if (owner.silent) break;
        this.#endDiversion(owner);
        this.#send(owner, "execute_result", { data: output.data, metadata: {}, execution_count: output.executionCount });
        break;
      case "error":
        this.#displays.flush(request);
        this.#endDiversion(owner);
        this.#send(owner, "error", { ...output.error });
    }
  }

  /** The request ends: everything it has written so far goes out before what is published next. */
  close(request: number): void {
    this.#streams.flush();
    this.#displays.flush(request);
    const owner = this.#owners.get(request);
    if (owner !== undefined) this.#endDiversion(owner);
    this.#budget.reset();
  }

  /** Header of a request, for what else belongs to it. */
  parentOf(request: number): string | undefined {
    return this.#owners.get(request)?.parent;
  }

  #sendText(request: number, name: StreamName, text: string): void {
    const owner = this.#owners.get(request);
    const shown = owner === undefined ? "" : this.#withinBudget(owner, text);
    if (owner !== undefined && shown.length < text.length) this.#divert(owner, text.slice(shown.length), shown, name);
    else if (shown !== "") void this.#stream(owner!, name, shown).then(() => this.#onSent(text.length));
    else this.#onSent(text.length);
  }

  /** As much of a text as may be shown now; whole lines where it has to be cut. */
  #withinBudget(owner: Owned, text: string): string {
    const { room } = this.#budget;
    // After a cut, output comes back only when there is room for a good piece of it.
    if (owner.diverted && room < RESUME_BYTES) return "";
    let shown = text;
    for (let bytes = wireBytes(shown); bytes > room; bytes = wireBytes(shown)) {
      if (owner.diverted) return "";
      const cut = shown.slice(0, Math.floor((shown.length * room) / bytes));
      shown = cut.slice(0, cut.lastIndexOf("\n") + 1);
    }
    owner.diverted = false;
    return shown;
  }

  #divert(owner: Owned, hidden: string, shown: string, name: StreamName): void {
    if (shown !== "") void this.#stream(owner, name, shown);
    this.#rest(owner).write(hidden);
    this.#onSent(shown.length + hidden.length);
  }

  /** The file of a cell whose output is too much; the first time a notice names it. */
  #rest(owner: Owned): RestFile {
    this.#budget.cut();
    owner.diverted = true;
    if (owner.rest === undefined) {
      owner.rest = new RestFile(`cell-${owner.number}`);
      void this.#stream(owner, "stderr", owner.rest.notice());
    }
    return owner.rest;
  }

  /** Says what lies in the file once the cell ends. */
  #endDiversion(owner: Owned): void {
    if (owner.rest === undefined) return;
    void this.#stream(owner, "stderr", owner.rest.summary());
    owner.rest = undefined;
    owner.diverted = false;
  }

  #sendDisplay(request: number, output: Extract<Output, { type: "display_data" | "update_display_data" }>): void {
    const owner = this.#owners.get(request);
    if (owner === undefined) return;
    const transient = output.displayId === undefined ? {} : { display_id: output.displayId };
    if (this.#budget.room > 0) this.#send(owner, output.type, { data: output.data, metadata: {}, transient });
    else this.#rest(owner).writeOutput(String(output.data["text/plain"] ?? Object.keys(output.data).join(", ")));
  }

  #stream(owner: OutputOwner, name: StreamName, text: string): Promise<void> {
    this.#budget.count(wireBytes(text));
    return this.#publisher.publish({ type: "stream", content: { name, text }, parent: owner.parent });
  }

  #send(owner: OutputOwner, type: string, content: Content): void {
    this.#budget.count(0);
    void this.#publisher.publish({ type, content, parent: owner.parent });
  }
}
