import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KernelClient, kernelCommand } from "./kernel-client.js";
import { descendants, isAlive } from "./processes.js";
import { folderWith } from "./run-cells.js";

/** A server that starts a kernel, says its process id, and waits to be killed. */
const SERVER = `const [program, args] = JSON.parse(process.argv[1]);
const env = { ...process.env, JPY_PARENT_PID: String(process.pid) };
console.log(require("node:child_process").spawn(program, args, { env, stdio: "ignore" }).pid);
process.stdin.resume();`;

/** A connection file of sockets in its own folder. */
function connectionFile(): string {
  const folder = folderWith({});
  const ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 };
  const file = join(folder, "connection.json");
  writeFileSync(file, JSON.stringify({ transport: "ipc", ip: join(folder, "kernel"), key: "", ...ports }));
  return file;
}

describe("the supervisor", () => {
  test("what native code and child processes print appears in the cell, before its end", async () => {
    const kernel = await KernelClient.start();
    const run = await kernel.run(
      [
        "import { execSync } from 'node:child_process'; import { writeSync } from 'node:fs'",
        "execSync('echo from a child; echo to stderr >&2', { stdio: 'inherit' }); writeSync(1, 'straight\\n'); 0",
      ].join("\n"),
    );
    expect(run.text()).toBe("from a child\nstraight\n");
    expect(run.text("stderr")).toBe("to stderr\n");
    expect(await kernel.shutdown()).toBe(0);
  });

  // /bin/sh is one of many: what POSIX leaves open must not matter.
  describe.each(["/bin/sh", "/bin/bash"].filter((shell) => existsSync(shell)))("in %s", (shell) => {
    test.each([
      ["process.reallyExit(7)", "KernelExited", "ended by a call of exit", 134],
      ["process.kill(process.pid, 'SIGKILL'); while (true);", "KernelKilled", "SIGKILL", 137],
      ["process.kill(process.pid, 'SIGALRM')", "KernelDied", "SIGALRM, which a cell or somebody else sent", 142],
      ["process.abort()", "KernelDied", "SIGABRT", 134],
      ["const all = []; while (true) all.push(new Array(100000).fill(Math.random()))", "OutOfMemory", "ran out of memory", 134],
    ])("%s is explained in the cell, and the exit status asks for a restart", async (code, ename, reason, status) => {
      const doomed = await KernelClient.start({ shell, nodeArgs: ["--max-old-space-size=60"] });
      await doomed.run("const before = 1");
      const run = await doomed.run(code);
      expect(run.error?.ename).toBe(ename);
      expect(run.error?.evalue).toContain(reason);
      expect(run.reply).toMatchObject({ status: "error", ename });
      expect(run.text("stderr")).not.toContain("GCs"); // V8's own words would come before ours
      expect(await doomed.exited).toBe(status);
      expect(doomed.log).toMatch(/^\[tesserlab\] The kernel/);
      doomed.close();
    });

    test("signals: an interrupt for the cell, an end that is intended", async () => {
      const client = await KernelClient.start({ shell });
      const cell = client.execute("while (true);");
      await client.published("execute_input");
      client.process.kill("SIGINT");
      expect((await cell.reply).ename).toBe("KeyboardInterrupt");
      client.process.kill("SIGTERM");
      expect(await client.exited).toBe(0);
      expect(client.log).toBe("");
      client.close();
    });
  });

  test("a signal that a cell sends to its own process does what it does, and no more", async () => {
    const kernel = await KernelClient.start();
    for (const signal of ["'SIGWINCH'", "'SIGPIPE'", "28", "'SIGCONT'"])
      expect((await kernel.run(`process.kill(process.pid, ${signal})`)).result).toBe("true");
    expect((await kernel.run("process.kill(process.pid, 0)")).result).toBe("true");
    expect((await kernel.run("process.kill(process.pid, 'SIGNONE')")).error?.ename).toBe("TypeError");
    expect(
      (
        await kernel.run(
          "process.once('SIGUSR2', () => console.log('heard')); process.kill(process.pid, 'SIGUSR2'); await new Promise((r) => setTimeout(r, 50))",
        )
      ).text(),
    ).toBe("heard\n");
    expect((await kernel.run("1 + 1")).result).toBe("2");
    const last = await kernel.run("console.log('last words'); process.kill(process.pid, 'SIGTERM')");
    expect([last.text(), last.error?.ename]).toEqual(["last words\n", "KernelDied"]);
    expect(await kernel.exited).toBe(143);
    kernel.close();
  });

  test("the last words of native code are told, also where the kernel had read them already", async () => {
    const doomed = await KernelClient.start();
    const said = await doomed.run("require('node:fs').writeSync(2, 'assertion failed: depth > 0\\n')");
    expect(said.text("stderr")).toBe("assertion failed: depth > 0\n");
    const run = await doomed.run("process.kill(process.pid, 'SIGKILL'); while (true);");
    expect(run.error?.traceback).toContain("assertion failed: depth > 0");
    expect(await doomed.exited).toBe(137);
    expect(doomed.log).toContain("assertion failed: depth > 0");
    doomed.close();
  });

  test("nothing is left of its pipes and its note", async () => {
    const runtime = folderWith({});
    const client = await KernelClient.start({ env: { XDG_RUNTIME_DIR: runtime } });
    expect((await client.run("1 + 1")).result).toBe("2");
    while (readdirSync(runtime).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await client.shutdown()).toBe(0);
  });

  test.each(["mkdir", "mkfifo"])("where %s fails there is a kernel without a supervisor, and it is said", async (program) => {
    const [bin, runtime] = [folderWith({ [program]: "#!/bin/sh\nexit 1\n" }), folderWith({})];
    chmodSync(join(bin, program), 0o755);
    const alone = await KernelClient.start({ env: { PATH: `${bin}:${process.env.PATH}`, XDG_RUNTIME_DIR: runtime } });
    expect((await alone.run("1 + 1")).result).toBe("2");
    expect(alone.log).toMatch(/^\[tesserlab\] No pipes can be made in .*: the kernel runs without a supervisor\.\n$/);
    expect(readdirSync(runtime)).toEqual([]);
    expect(await alone.shutdown()).toBe(0);
  });

  test("where there is no room for the note there is a kernel without a supervisor, and it is said", async () => {
    const [bin, runtime] = [folderWith({ small: '#!/bin/sh\nprintf() { return 1; }\nscript=$1\nshift\n. "$script"\n' }), folderWith({})];
    chmodSync(join(bin, "small"), 0o755);
    const alone = await KernelClient.start({ shell: join(bin, "small"), env: { XDG_RUNTIME_DIR: runtime } });
    expect((await alone.run("1 + 1")).result).toBe("2");
    expect(alone.log).toContain("the kernel runs without a supervisor");
    expect(readdirSync(runtime)).toEqual([]);
    expect(await alone.shutdown()).toBe(0);
  });

  test("it ends when the server that started it is gone, if the server asked for that", async () => {
    const server = spawn(process.execPath, ["-e", SERVER, JSON.stringify(kernelCommand([connectionFile()]))], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [line] = (await once(server.stdout!.setEncoding("utf8"), "data")) as [string];
    const supervisor = Number(line);
    while (descendants(supervisor).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const family = [supervisor, ...descendants(supervisor)];
    server.kill("SIGKILL");
    while (family.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  test("a file that a cell opened in the place of the note is not written to", async () => {
    const doomed = await KernelClient.start();
    const file = join(folderWith({}), "mine.txt");
    const code = [
      "const { closeSync, openSync, writeSync } = require('node:fs')",
      "closeSync(4)",
      `const mine = openSync(${JSON.stringify(file)}, 'w')`,
      "writeSync(mine, 'mine')",
    ];
    expect((await doomed.run(code.join("\n"))).reply.status).toBe("ok");
    const run = await doomed.run("process.kill(process.pid, 'SIGKILL'); while (true);");
    expect(run.reply).toMatchObject({ status: "error", ename: "KernelKilled" });
    expect(await doomed.exited).toBe(137);
    expect(readFileSync(file, "utf8")).toBe("mine");
    doomed.close();
  });

  test("closed descriptors: the standard ones are not missed, without the others it dies and says so", async () => {
    const closing = await KernelClient.start();
    await closing.run("const { closeSync } = require('node:fs'); closeSync(1); closeSync(2); console.log('heard')");
    expect((await closing.run("console.log('heard'); 1")).text()).toBe("heard\n");
    // A child process of the kernel's own gets pipes, which must not take the numbers of those that were closed.
    expect((await closing.ask("complete_request", { code: "consol", cursor_pos: 6 })).matches).toContain("console");
    const run = await closing.run("for (let i = 0; i < 100; i++) try { closeSync(i) } catch {}");
    expect(run.reply.status).toBe("error");
    expect(await closing.exited).not.toBe(0);
    closing.close();
  });

  test("a connection file that is none stops it with the reason", async () => {
    const file = join(folderWith({ "c.json": '{"shell_port": 70000}' }), "c.json");
    const { status, stderr } = spawnSync(...kernelCommand([file]), { encoding: "utf8" });
    expect(stderr).toContain("has no valid shell_port (1 to 65535), but 70000");
    expect(status).not.toBe(0);
  });
});
