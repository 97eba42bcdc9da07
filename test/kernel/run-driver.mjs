// Runs a notebook in a process of its own, as the command line does. argv: notebook, options as JSON. The last line of stdout is the result.
import { runNotebook, terminalProgress } from "../../dist/kernel/index.js";

const options = JSON.parse(process.argv[3] ?? "{}");
try {
  const { notebook: _, ...result } = await runNotebook(process.argv[2], { ...options, onProgress: terminalProgress(process.stdout) });
  process.stdout.write(`${JSON.stringify(result)}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ thrown: error.code ?? error.stack, message: error.message })}\n`);
}
process.exit(0);
