// An extension of VS Code for the web, for tests: the files of the server that the workbench comes from, under the scheme `notebooks`.
const vscode = require("vscode");

const MISSING = 404;

exports.activate = (context) => {
  const changes = new vscode.EventEmitter();
  const ask = async (uri, request) => {
    const answer = await fetch(context.extensionUri.with({ path: `/files${uri.path}` }).toString(true), request);
    if (answer.status === MISSING) throw vscode.FileSystemError.FileNotFound(uri);
    return answer;
  };
  const files = {
    onDidChangeFile: changes.event,
    watch: () => ({ dispose() {} }),
    async stat(uri) {
      if (uri.path === "/") return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
      const { headers } = await ask(uri, { method: "HEAD" });
      return { type: vscode.FileType.File, ctime: 0, mtime: Date.parse(headers.get("last-modified")), size: Number(headers.get("x-size")) };
    },
    readDirectory: () => [],
    readFile: async (uri) => new Uint8Array(await (await ask(uri)).arrayBuffer()),
    async writeFile(uri, body) {
      await ask(uri, { method: "PUT", body });
      changes.fire([{ type: vscode.FileChangeType.Changed, uri }]);
    },
    createDirectory() {},
    delete() {},
    rename() {},
  };
  context.subscriptions.push(vscode.workspace.registerFileSystemProvider("notebooks", files, { isCaseSensitive: true }));
};
