import { plainText } from "../../display/index.js";
import { unknownName } from "../../errors/index.js";
import { state as helper } from "../../lab/index.js";
import type { Command } from "../command.js";

export const state: Command = {
  name: "state",
  words: "inspect [FILE]",
  count: [1, 2],
  summary: "Shows what a state file holds: sessions, positions, equity",
  help: "inspect shows what a state file holds: sessions, positions, equity; reports/live_state.db unless given. Reads Tesser's files too.",
  options: {},
  async run({ words }) {
    const [action, path] = words;
    if (action !== "inspect") throw unknownName("CLI_WORDS", "action of state", action ?? "", ["inspect"]);
    const view = helper.open(path);
    try {
      process.stdout.write(`${plainText(view)}\n`);
    } finally {
      view.close();
    }
    return 0;
  },
};
