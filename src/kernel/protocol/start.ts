// Entry of the protocol thread: `protocol.cjs`, made of this file by the build. What the thread does is in a file of its own, which V8 need not compile.
import { fileURLToPath } from "node:url";
import { runCompiled } from "../compiled-program.js";

/** A thread that has lived so long has answered questions, run cells and started the language service: the code of all that is kept. */
const USUAL_WORK_MS = 2000;

runCompiled(fileURLToPath(new URL("protocol-program.cjs", import.meta.url)), USUAL_WORK_MS);
