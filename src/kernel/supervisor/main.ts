// Entry of what speaks for a dead kernel: `announce.cjs STATUS COMMAND...`, made of this file by the build. `supervise.sh` becomes it, with the descriptors it holds.
import { Socket } from "node:net";
import { basename } from "node:path";
import { announceDeath } from "./announce-death.js";
import { PIPES } from "./descriptors.js";
import { readNote } from "./note.js";

/** How long pipes may stay open after the kernel's end: a child of its own may hold them. */
const PIPES_MS = 200;

const [ended = "", ...command] = process.argv.slice(2);
void speak(command[command.findIndex((word) => basename(word) === "kernel.cjs") + 1] ?? "", Number(ended))
  .catch((error: unknown) => process.stderr.write(`[tesserlab] ${String(error)}\n`))
  .then(() => process.exit(Number(ended) || 1)); // never 0: a server sees by it that a restart is due

async function speak(connectionFile: string, status: number): Promise<void> {
  const { running, tail } = readNote();
  const rest = await Promise.all([leftIn(PIPES.stdout), leftIn(PIPES.stderr)]);
  await announceDeath(connectionFile, running, { status, tail: tail + rest.join("") });
}

/** What the kernel had not read yet of a pipe of its own. */
function leftIn(descriptor: number): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const pipe = new Socket({ fd: descriptor, readable: true, writable: false });
    const end = (): void => resolve(text);
    pipe.setEncoding("utf8").on("data", (data: string) => {
      text += data;
    });
    pipe.on("error", end).on("end", end);
    setTimeout(end, PIPES_MS);
  });
}
