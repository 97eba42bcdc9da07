// An extension of VS Code for the web, for tests: the files of the server that the workbench comes from, under the scheme `notebooks`, and a kernel
// of a Jupyter server to run their cells with. (Microsoft's extension for Jupyter is to be had from its marketplace alone.)
const vscode = require("vscode");

const MISSING = 404;

const { NotebookCellOutput, NotebookCellOutputItem } = vscode;

/** The forms of an output. */
function itemsOf(data) {
  return Object.entries(data).map(([mime, value]) => {
    if (mime === "image/png")
      return new NotebookCellOutputItem(
        Uint8Array.from(atob(value), (char) => char.charCodeAt(0)),
        mime,
      );
    return typeof value === "string" ? NotebookCellOutputItem.text(value, mime) : NotebookCellOutputItem.json(value, mime);
  });
}

/** A kernel of a Jupyter server, started with its first cell. */
class Kernel {
  #socket;
  #listeners = new Map();
  #displays = new Map();

  constructor(base) {
    this.base = base;
  }

  async #open() {
    const answer = await fetch(`${this.base}/api/kernels`, { method: "POST", body: JSON.stringify({ name: "tesserlab" }) });
    const { id } = await answer.json();
    const socket = new WebSocket(`${this.base.replace("http", "ws")}/api/kernels/${id}/channels`);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    // One message after the other, each to the cell that asked.
    let last = Promise.resolve();
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      last = last.then(() => this.#listeners.get(message.parent_header.msg_id)?.(message));
    };
    return socket;
  }

  async run(cell, execution) {
    this.#socket ??= this.#open();
    const socket = await this.#socket;
    const id = crypto.randomUUID();
    const idle = new Promise((resolve) => {
      let ok = true;
      this.#listeners.set(id, async ({ header, content }) => {
        if (header.msg_type === "error") ok = false;
        if (header.msg_type === "execute_input") execution.executionOrder = content.execution_count;
        if (header.msg_type === "status" && content.execution_state === "idle") resolve(ok);
        else await this.#show(header.msg_type, content, execution);
      });
    });
    const header = {
      msg_id: id,
      msg_type: "execute_request",
      version: "5.4",
      username: "",
      session: "vscode",
      date: new Date().toISOString(),
    };
    const content = { code: cell.document.getText(), silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
    const metadata = { cellId: cell.document.uri.toString() };
    socket.send(JSON.stringify({ channel: "shell", header, parent_header: {}, metadata, content, buffers: [] }));
    return idle;
  }

  async #show(type, content, execution) {
    const { data, name, text, transient } = content;
    if (type === "stream") await execution.appendOutput(new NotebookCellOutput([NotebookCellOutputItem[name](text)]));
    if (type === "error") {
      const error = { name: content.ename, message: content.evalue, stack: content.traceback.join("\n") };
      await execution.appendOutput(new NotebookCellOutput([NotebookCellOutputItem.error(error)]));
    }
    if (type === "display_data" || type === "execute_result") {
      const output = new NotebookCellOutput(itemsOf(data), { outputType: type });
      await execution.appendOutput(output);
      if (transient?.display_id !== undefined) this.#displays.set(transient.display_id, output);
    }
    if (type === "update_display_data") await execution.replaceOutputItems(itemsOf(data), this.#displays.get(transient.display_id));
  }
}

async function offerKernel(context) {
  const answer = await fetch(context.extensionUri.with({ path: "/jupyter" }).toString(true));
  if (!answer.ok) return;
  const kernel = new Kernel(await answer.text());
  const controller = vscode.notebooks.createNotebookController("tesserlab", "jupyter-notebook", "Tesserlab");
  controller.supportedLanguages = ["typescript"];
  controller.supportsExecutionOrder = true;
  controller.executeHandler = async (cells) => {
    for (const cell of cells) {
      const execution = controller.createNotebookCellExecution(cell);
      execution.start(Date.now());
      await execution.clearOutput();
      execution.end(await kernel.run(cell, execution), Date.now());
    }
  };
  context.subscriptions.push(controller);
}

exports.activate = (context) => {
  offerKernel(context);
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
