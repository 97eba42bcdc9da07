import { plainText, table } from "../../display/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { state as helper } from "../../lab/index.js";
import { backupState, DEFAULT_STATE_PATH, restoreState, type SessionView, type StateView } from "../../state/index.js";
import { type Command, type Invocation, refuseForeign } from "../command.js";

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function look(path: string, session: string | undefined, show: (view: StateView) => void): void {
  const view = helper.open(path);
  try {
    show(session === undefined ? view : view.session(session));
  } finally {
    view.close();
  }
}

function inspect(path: string, { flag, text }: Invocation): void {
  look(path, text("session"), (view) => print(flag("raw") ? view.raw() : plainText(view)));
}

/** @throws LabError `STATE_NO_HISTORY`, `STATE_JOURNAL` for a journal that contradicts the tables. */
function replay(path: string, { text, whole }: Invocation): void {
  look(path, text("session"), (view) => {
    if (view.format === "tesser")
      throw new LabError("STATE_NO_HISTORY", `${view.path} is a Tesser state file: it keeps no journal to replay.`);
    if (text("to") === undefined) return checkAll(view);
    const moment = view.at(whole("to", 1));
    print(`Session ${moment.session} after line ${moment.sequence} of ${view.sequence}`);
    print(
      `equity ${moment.equity?.toFixed() ?? "unknown"}, balance ${moment.balance?.toFixed() ?? "unknown"}, ${moment.fills().length} fills`,
    );
    print(plainText(table(moment.positions(), { title: "Positions" })));
    const open = [...moment.orders({ status: "working" }), ...moment.orders({ status: "partiallyFilled" })];
    print(open.length === 0 ? "No open orders." : plainText(table(open, { title: "Open orders" })));
  });
}

function checkAll(view: SessionView): void {
  const problems = view.replay();
  if (problems.length > 0)
    throw new LabError("STATE_JOURNAL", `The journal of ${view.path} and its tables disagree:\n  ${problems.join("\n  ")}`, {
      details: { problems },
    });
  print(`Replayed ${view.sequence} lines of session ${view.record.id}: orders, fills and positions agree with the tables.`);
}

/** Actions, and the options of each beside `--path`. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  inspect: ["raw", "session"],
  backup: [],
  restore: [],
  replay: ["to", "session"],
};

export const state: Command = {
  name: "state",
  words: "inspect|backup|restore|replay [FILES]",
  count: [1, 3],
  summary: "Shows, copies, restores or replays a state file",
  help: [
    "inspect [FILE]          shows what a state file holds: sessions, positions, equity; Tesser's files too",
    "backup FILE COPY        copies a state file, also while a session writes to it",
    "restore FILE COPY       puts a copy back in its place; refused while a session runs on FILE, which is kept beside it",
    "replay [FILE] [--to N]  folds the journal and compares it with the tables, or shows the state after line N",
    "",
    `FILE is ${DEFAULT_STATE_PATH} unless given.`,
  ].join("\n"),
  options: {
    raw: { type: "boolean", help: "inspect: everything as JSON with sorted keys and decimals as text" },
    session: { type: "string", value: "ID", help: "inspect, replay: this session instead of the newest" },
    path: { type: "string", value: "FILE", help: "the state file, as in Tesser" },
    to: { type: "string", value: "N", help: "replay: show the state after this line of the journal" },
  },
  async run(invocation) {
    const [action, ...files] = invocation.words;
    if (action === undefined || !Object.hasOwn(ACTIONS, action))
      throw unknownName("CLI_WORDS", "action of state", action ?? "", Object.keys(ACTIONS));
    const foreign = Object.keys(state.options).filter((name) => name !== "path" && !ACTIONS[action]!.includes(name));
    refuseForeign("state", action, foreign, invocation.flag);
    const given = invocation.text("path");
    const [path = DEFAULT_STATE_PATH, copy, more] = given === undefined ? files : [given, ...files];
    if (more !== undefined) throw new LabError("CLI_WORDS", `tesserlab state ${action} takes no third file, got '${more}'.`);
    if (action === "backup" || action === "restore") {
      if (copy === undefined)
        throw new LabError(
          "CLI_WORDS",
          `tesserlab state ${action} takes a state file and a copy: tesserlab state ${action} ${DEFAULT_STATE_PATH} COPY.`,
        );
      const done = action === "backup" ? await backupState(path, copy) : await restoreState(copy, path);
      print(`${action === "backup" ? "Copied" : "Restored"} ${done.bytes} bytes to ${done.path}.`);
      if (done.replaced !== undefined) print(`What stood there is now ${done.replaced}.`);
      return 0;
    }
    if (copy !== undefined) throw new LabError("CLI_WORDS", `tesserlab state ${action} takes one file, got '${copy}' as well.`);
    if (action === "inspect") inspect(path, invocation);
    else replay(path, invocation);
    return 0;
  },
};
