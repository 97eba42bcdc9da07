import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { LabError, unknownName } from "../../errors/index.js";
import { KeyboardInterrupt } from "../cell.js";
import type { TypedAnswer } from "../protocol/stdin.js";
import type { Flags } from "./flags.js";

/** How a question is asked. */
interface PromptOptions {
  /** What an empty answer means. */
  readonly default?: string;
  /** Do not show what is typed. */
  readonly password?: boolean;
}

/** Asks the front end; the answer comes through `answers`. */
export type SendQuestion = (prompt: string, password: boolean) => void;

/** The helpers with which a cell asks the person at the keyboard. */
export interface Questions {
  /** Waits for a line of text. @throws LabError `KERNEL_NO_STDIN`, `OPTION_UNKNOWN`; KeyboardInterrupt when interrupted. */
  prompt(message?: string, options?: PromptOptions | string): string;
  /** Waits for yes or no; an empty answer is no. */
  confirm(message?: string): boolean;
}

/** The same where nobody sits at a keyboard: every question is refused, with what to do instead. */
export function noQuestions(): Questions {
  return {
    prompt: (message = "") => refuse(String(message)),
    confirm: (message = "") => refuse(message),
  };
}

function refuse(question: string): never {
  throw new LabError(
    "KERNEL_NO_STDIN",
    `Nobody can be asked '${question}' here: whoever runs this cell takes no input. Give the value in code, or as a parameter (tesserlab run -p name=value).`,
    { details: { question } },
  );
}

/** @param allowed - whether the front end of the running cell can ask. */
export function questions(flags: Flags, answers: MessagePort, send: SendQuestion, allowed: () => boolean): Questions {
  const ask = (prompt: string, password: boolean): string => {
    if (!allowed()) refuse(prompt);
    const before = flags.answers;
    send(prompt, password);
    flags.waitForAnswer(before);
    const answer = receiveMessageOnPort(answers)?.message as TypedAnswer | undefined;
    if (answer === undefined || "interrupted" in answer) throw new KeyboardInterrupt();
    return answer.text;
  };
  return {
    prompt: (message = "", options = {}) => {
      const { default: fallback = "", password = false, ...others } = typeof options === "string" ? { default: options } : options;
      for (const key of Object.keys(others)) throw unknownName("OPTION_UNKNOWN", "option of prompt", key, ["default", "password"]);
      return ask(String(message), password) || fallback;
    },
    confirm: (message = "") => /^(y|yes|true|1)$/i.test(ask(`${message} [y/N] `.trimStart(), false).trim()),
  };
}
