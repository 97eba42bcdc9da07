import type { LanguageService } from "../language/index.js";
import { toCodePoints, toUtf16 } from "./code-points.js";
import type { Comms } from "./comms.js";
import type { Connection } from "./connection.js";
import type { History } from "./history.js";
import { kernelInfo } from "./kernel-info.js";
import { type Content, textOf } from "./message.js";

/** Answers one type of request: content in, content of the reply out. */
export type Answer = (content: Content) => Content | Promise<Content>;

/** What the answers are made from. */
export interface RequestParts {
  readonly connection: Connection;
  readonly history: History;
  readonly comms: Comms;
  readonly language: () => Promise<LanguageService | undefined>;
  readonly interrupt: () => Promise<void>;
  readonly shutdown: (restart: boolean) => Promise<void>;
}

/** The requests that are answered at once, also while a cell runs, by message type. */
export function requestTable(parts: RequestParts): Readonly<Record<string, Answer>> {
  const { connection, history, comms } = parts;
  return {
    kernel_info_request: kernelInfo,
    connect_request: () => {
      const { shell_port, iopub_port, stdin_port, control_port, hb_port } = connection;
      return { status: "ok", shell_port, iopub_port, stdin_port, control_port, hb_port };
    },
    is_complete_request: async ({ code }) => {
      const { completeness } = await import("./completeness.js"); // brings the parser: not before it is needed
      return { ...completeness(textOf(code) ?? "") };
    },
    history_request: (content) => ({ status: "ok", history: history.answer(content) }),
    comm_info_request: ({ target_name: target }) => ({ status: "ok", comms: comms.list(typeof target === "string" ? target : undefined) }),
    complete_request: async (content) => complete(content, await parts.language()),
    inspect_request: async (content) => inspect(content, await parts.language()),
    interrupt_request: async () => {
      await parts.interrupt();
      return { status: "ok" };
    },
    shutdown_request: async ({ restart }) => {
      await parts.shutdown(restart === true);
      return { status: "ok", restart: restart === true };
    },
  };
}

function cursorOf({ code, cursor_pos: position }: Content): { text: string; cursor: number } {
  const text = textOf(code) ?? "";
  return { text, cursor: typeof position === "number" ? toUtf16(text, position) : text.length };
}

async function complete(content: Content, language: LanguageService | undefined): Promise<Content> {
  const { text, cursor } = cursorOf(content);
  const here = toCodePoints(text, cursor);
  if (language === undefined) return { status: "ok", matches: [], cursor_start: here, cursor_end: here, metadata: {} };
  const { matches, start, end, types } = await language.complete(text, cursor);
  return {
    status: "ok",
    matches,
    cursor_start: toCodePoints(text, start),
    cursor_end: toCodePoints(text, end),
    metadata: {
      _jupyter_types_experimental: types.map((type) => ({
        ...type,
        start: toCodePoints(text, type.start),
        end: toCodePoints(text, type.end),
      })),
    },
  };
}

async function inspect(content: Content, language: LanguageService | undefined): Promise<Content> {
  const { text, cursor } = cursorOf(content);
  const data = await language?.inspect(text, cursor, content.detail_level === 1 ? 1 : 0);
  return { status: "ok", found: data !== undefined, data: data ?? {}, metadata: {} };
}
