import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { ROOT } from "./kernel.js";

/** The unpacked npm package code-server, which carries VS Code's web workbench: `TESSERLAB__VSCODE`, else where `.ci/run` unpacks it. */
const VSCODE: string = process.env.TESSERLAB__VSCODE ?? join(ROOT, "reports/vscode/package");

/** Why VS Code cannot be shown here; `undefined` when it can. */
export function missingVsCode(): string | undefined {
  return existsSync(join(VSCODE, "lib/vscode/product.json")) ? undefined : `no VS Code (npm package code-server) at ${VSCODE}`;
}

const TYPES: Readonly<Record<string, string>> = {
  ".cjs": "text/javascript",
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".wasm": "application/wasm",
};

const EXTENSION = {
  name: "notebook-files",
  publisher: "tests",
  version: "1.0.0",
  engines: { vscode: "^1.57.0" },
  browser: "./vscode-extension.cjs",
  activationEvents: ["onFileSystem:notebooks"],
  capabilities: { virtualWorkspaces: true, untrustedWorkspaces: { supported: true } },
};

/**
 * What is changed in VS Code's files, by the end of their path: code-server's workbench insists on its server, which is not run here (it wants
 * another Node and compiled packages), and trusts frames of `localhost` only, while those of a site of its own may have service workers.
 */
const CHANGES: readonly (readonly [file: string, from: string, to: string])[] = [
  ["workbench/workbench.js", "remoteAuthority:location.host", "remoteAuthority:void 0"],
  ["workbench/workbench.js", '.with({scheme:J.vscodeRemote}),"User")', '.with({scheme:J.vscodeUserData}),"User")'],
  ["worker/webWorkerExtensionHostIframe.html", "http://localhost:*", "http://*.localhost:*"],
  // The notebook reader is there for Node alone; all it wants of Node is to join paths.
  ["dist/ipynbMain.node.js", 'require("path")', '{join:(...parts)=>parts.join("/")}'],
];

/** VS Code's web workbench on loopback, with the files of one folder. All it needs comes from this server. */
export class VsCodeServer {
  readonly #folder: string;
  readonly #jupyter: string | undefined;
  readonly #server: Server;

  private constructor(folder: string, jupyter: string | undefined) {
    this.#folder = folder;
    this.#jupyter = jupyter;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  /** With `jupyter`, the address of a Jupyter server, cells can be run with its kernel. */
  static async start(folder: string, jupyter?: string): Promise<VsCodeServer> {
    const made = new VsCodeServer(folder, jupyter);
    await new Promise<void>((resolve) => made.#server.listen(0, "127.0.0.1", resolve));
    return made;
  }

  /** Where the workbench opens a file of the folder; `settings` are a user's. Browsers find `*.localhost` on this machine. */
  url(file: string, settings: Readonly<Record<string, unknown>> = {}): string {
    return `http://${this.#authority}/open/${file}?settings=${encodeURIComponent(JSON.stringify(settings))}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #authority(): string {
    return `code.localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, "http://localhost");
    const [, top, ...rest] = normalize(decodeURIComponent(pathname)).split("/");
    const path = rest.join("/");
    const headers = { "access-control-allow-origin": "*", "access-control-expose-headers": "*", "access-control-allow-methods": "*" };
    if (request.method === "OPTIONS") return void response.writeHead(204, headers).end();
    if (top === "open") {
      const page = this.#page(path, JSON.parse(searchParams.get("settings")!));
      return void response.writeHead(200, { "content-type": "text/html" }).end(page);
    }
    if (top === "extension" && path === "package.json") return void response.writeHead(200, headers).end(JSON.stringify(EXTENSION));
    if (top === "jupyter" && this.#jupyter !== undefined) return void response.writeHead(200, headers).end(this.#jupyter);
    const file = this.#file(top!, path);
    if (request.method === "PUT" && top === "files") {
      writeFileSync(file!, await buffer(request));
      return void response.writeHead(204, headers).end();
    }
    if (file === undefined || !existsSync(file) || statSync(file).isDirectory()) return void response.writeHead(404, headers).end();
    const body = changed(file);
    response.writeHead(200, {
      ...headers,
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "last-modified": statSync(file).mtime.toUTCString(),
      "x-size": body.length,
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  #file(top: string, path: string): string | undefined {
    if (top === "files") return join(this.#folder, path);
    if (top === "extension" && path.startsWith(EXTENSION.browser.slice(2)))
      return fileURLToPath(new URL("vscode-extension.cjs", import.meta.url));
    if (top !== "code") return undefined;
    return join(VSCODE, "lib/vscode", path.replace("dist/browser/ipynbMain.browser.js", "dist/ipynbMain.node.js"));
  }

  /** The workbench's page, with what its server would have told it. */
  #page(file: string, settings: object): string {
    const authority = this.#authority;
    const configuration = {
      folderUri: { scheme: "notebooks", authority: "", path: "/" },
      additionalBuiltinExtensions: [{ scheme: "http", authority, path: "/extension" }],
      defaultLayout: { force: true, editors: [{ uri: { scheme: "notebooks", authority: "", path: `/${file}` } }] },
      configurationDefaults: {
        "workbench.startupEditor": "none",
        "chat.disableAIFeatures": true,
        "ipynb.experimental.serialization": false, // a worker of Node's does it else
        ...settings,
      },
      productConfiguration: {
        enableTelemetry: false,
        webEndpointUrlTemplate: `http://{{uuid}}.${authority}/code`,
        webviewContentExternalBaseUrlTemplate: `http://{{uuid}}.${authority}/code/out/vs/workbench/contrib/webview/browser/pre/`,
      },
      // What code-server's workbench asks for.
      userDataPath: "/user",
      isEnabledFileDownloads: false,
      isEnabledFileUploads: false,
      isEnabledCoderGettingStarted: false,
    };
    const values: Record<string, string> = {
      WORKBENCH_WEB_CONFIGURATION: JSON.stringify(configuration).replaceAll('"', "&quot;"),
      WORKBENCH_WEB_BASE_URL: "/code",
      WORKBENCH_NLS_URL: "/code/out/nls.messages.js",
      WORKBENCH_NLS_FALLBACK_URL: "/code/out/nls.messages.js",
    };
    const page = readFileSync(join(VSCODE, "lib/vscode/out/vs/code/browser/workbench/workbench.html"), "utf8");
    return page.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "");
  }
}

function changed(file: string): Buffer {
  const changes = CHANGES.filter(([end]) => file.endsWith(end));
  if (changes.length === 0) return readFileSync(file);
  let text = readFileSync(file, "utf8");
  for (const [, from, to] of changes) {
    if (!text.includes(from))
      throw new Error(`${file} has no ${from}: this is another version of code-server than the one that .ci/run unpacks.`);
    text = text.replaceAll(from, to);
  }
  return Buffer.from(text);
}
