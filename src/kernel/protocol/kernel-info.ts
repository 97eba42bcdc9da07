import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Content, PROTOCOL_VERSION } from "./message.js";

const ROOT = new URL("../../../", import.meta.url);

function versionOf(file: URL | string): string {
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** Where it usually lies it is read at once: clients wait for this answer, and asking Node takes longer than all the rest of it. */
function typescriptVersion(): string {
  try {
    return versionOf(new URL("node_modules/typescript/package.json", ROOT));
  } catch {
    return versionOf(createRequire(import.meta.url).resolve("typescript/package.json"));
  }
}

let known: Content | undefined;

/** Content of a `kernel_info_reply`. */
export function kernelInfo(): Content {
  known ??= read();
  return known;
}

function read(): Content {
  const own = versionOf(new URL("package.json", ROOT));
  const typescript = typescriptVersion();
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
