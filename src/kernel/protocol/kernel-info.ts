import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Content, PROTOCOL_VERSION } from "./message.js";

const require = createRequire(import.meta.url);

function versionOf(file: string): string {
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** Content of a `kernel_info_reply`. */
export function kernelInfo(): Content {
  const own = versionOf(new URL("../../../package.json", import.meta.url).pathname);
  const typescript = versionOf(require.resolve("typescript/package.json"));
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "tesserlab",
    implementation_version: own,
    language_info: {
      name: "typescript",
      version: typescript,
      mimetype: "text/x.typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: "text/typescript",
      nbconvert_exporter: "script",
    },
    banner: `Tesserlab ${own}: TypeScript ${typescript} on Node ${process.versions.node}. The helpers are in scope: data, backtest, tune, live, …`,
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "Node.js", url: "https://nodejs.org/api/" },
    ],
    supported_features: [],
    debugger: false,
  };
}
