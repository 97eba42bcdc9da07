import { strategies as helper } from "../../lab/index.js";
import type { Command } from "../command.js";

export const strategies: Command = {
  name: "strategies",
  words: "",
  count: [0, 0],
  summary: "Lists the built-in strategies with their parameters",
  help: "Lists the built-in strategies: what each is fed with and when it trades, then their parameters, defaults and ranges.",
  options: {},
  async run() {
    process.stdout.write(`${helper.overview()}\n\n${helper.list()}\n`);
    return 0;
  },
};
