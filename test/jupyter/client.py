"""jupyter_client against the installed kernel: interrupts, restart, shutdown, queues, stdin, encryption, death."""

import os
import queue
import statistics
import time

from jupyter_client.manager import KernelManager

from report import check, equal


class Kernel:
    """A kernel and its client, as `with` block."""

    def __init__(self, environment=None, **options):
        self.manager = KernelManager(kernel_name="tesserlab", **options)
        self.manager.start_kernel(env={**os.environ, **(environment or {})})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def send(self, code, **options):
        return self.client.execute(code, **options)

    def until_idle(self, message, timeout=30):
        """Everything published for a request, up to its idle."""
        outputs = []
        deadline = time.monotonic() + timeout
        while True:
            got = self.client.get_iopub_msg(timeout=max(0.01, deadline - time.monotonic()))
            if got["parent_header"].get("msg_id") != message:
                continue
            if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                return outputs
            outputs.append(got)

    def reply(self, message, timeout=30):
        deadline = time.monotonic() + timeout
        while True:
            got = self.client.get_shell_msg(timeout=max(0.01, deadline - time.monotonic()))
            if got["parent_header"].get("msg_id") == message:
                return got

    def run(self, code, timeout=30, **options):
        message = self.send(code, **options)
        outputs = self.until_idle(message, timeout)
        return self.reply(message, timeout), outputs

    def value(self, code):
        reply, outputs = self.run(code)
        equal(reply["content"]["status"], "ok", code)
        return next(o["content"]["data"]["text/plain"] for o in outputs if o["msg_type"] == "execute_result")

    def started(self, message):
        """Waits until the cell has printed something."""
        while True:
            got = self.client.get_iopub_msg(timeout=10)
            if got["parent_header"].get("msg_id") == message and got["msg_type"] == "stream":
                return


def text(outputs, name="stdout"):
    return "".join(o["content"]["text"] for o in outputs if o["msg_type"] == "stream" and o["content"]["name"] == name)


# What runs until it is stopped. Each prints a line first.
ENDLESS = {
    "loop": "for (;;) kept++",
    "loop after an await": "await null\nfor (;;) kept++",
    "await": "await new Promise(() => {})",
    "loop in a timer": "setTimeout(() => { for (;;) kept++ }, 5)\nawait new Promise(() => {})",
    "microtasks": "for (;;) { kept++; await null }",
    "regular expression": "void /^(a+)+$/.test('a'.repeat(40) + 'b')",
    "sleep of the thread": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    "sweep": "const swept = await tune({ data: candles, strategy: 'SmaCross', space: { fastPeriod: range(2, 400), slowPeriod: range(401, 900) } })",
}

SET_UP = "let kept = 1\nconst candles = data.synthetic({ bars: 20_000 })"


def interrupts():
    took = {}
    with Kernel() as kernel:
        equal(kernel.run(SET_UP)[0]["content"]["status"], "ok", "set-up")
        for kind, code in ENDLESS.items():
            times = []
            for _ in range(3):
                message = kernel.send(f"console.log('runs')\n{code}")
                kernel.started(message)
                time.sleep(0.05)
                asked = time.perf_counter()
                kernel.manager.interrupt_kernel()
                outputs = kernel.until_idle(message, 30)
                times.append((time.perf_counter() - asked) * 1000)
                errors = [o["content"]["ename"] for o in outputs if o["msg_type"] == "error"]
                equal(errors, ["KeyboardInterrupt"], f"errors of an interrupted {kind}")
                equal(kernel.reply(message)["content"]["status"], "error", f"reply of an interrupted {kind}")
                equal(kernel.value("kept >= 1 && candles.length"), "20000", f"variables after {kind}")
            took[kind] = round(statistics.median(times), 1)
        before = int(kernel.value("kept"))
        kernel.run("kept = 7")
        equal(kernel.value("kept"), "7", f"a variable that was {before}")
    return {"interruptMs": took}


def ten_interrupts():
    with Kernel() as kernel:
        message = kernel.send("console.log('runs')\nfor (;;);")
        kernel.started(message)
        for _ in range(10):
            kernel.manager.interrupt_kernel()
        kernel.until_idle(message, 10)
        kernel.reply(message)
        equal(kernel.value("1 + 1"), "2", "after ten interrupts")


def signal_in_scope():
    with Kernel() as kernel:
        message = kernel.send("console.log('runs')\nawait new Promise((done) => signal.addEventListener('abort', () => { console.log('told'); done(0) }))")
        kernel.started(message)
        kernel.manager.interrupt_kernel()
        outputs = kernel.until_idle(message, 10)
        kernel.reply(message)
        if "told" not in text(outputs):
            raise AssertionError(f"the cell's signal did not fire: {text(outputs)!r}")


def queue_after_error():
    with Kernel() as kernel:
        messages = [kernel.send(code) for code in ("await new Promise((done) => setTimeout(done, 100)); throw new Error('x')", "'second'", "'third'")]
        statuses = [kernel.reply(message)["content"]["status"] for message in messages]
        equal(statuses, ["error", "aborted", "aborted"], "replies")
        equal(kernel.value("'fresh'"), "fresh", "a cell sent afterwards")
        messages = [kernel.send(code, stop_on_error=False) for code in ("throw new Error('x')", "'second'")]
        equal([kernel.reply(m)["content"]["status"] for m in messages], ["error", "ok"], "with stop_on_error off")


def answers_while_busy():
    with Kernel() as kernel:
        kernel.run("const candlesticks = { openPrice: 1 }")
        loop = kernel.send("console.log('runs')\nfor (;;);")
        kernel.started(loop)
        asked = time.perf_counter()
        question = kernel.client.complete("candlesticks.op", 15)
        equal(kernel.reply(question)["content"]["matches"], ["openPrice"], "completion while a loop runs")
        took = (time.perf_counter() - asked) * 1000
        kernel.manager.interrupt_kernel()
        equal(kernel.reply(loop)["content"]["ename"], "KeyboardInterrupt", "the loop that ran meanwhile")
        return {"completionMs": round(took, 1)}


def stdin():
    with Kernel() as kernel:
        message = kernel.client.execute("const name = await prompt('Who? ')\nname.toUpperCase()", allow_stdin=True)
        question = kernel.client.get_stdin_msg(timeout=10)
        equal((question["msg_type"], question["content"]["prompt"]), ("input_request", "Who? "), "question")
        kernel.client.input("ada")
        result = [o["content"]["data"]["text/plain"] for o in kernel.until_idle(message) if o["msg_type"] == "execute_result"]
        equal(result, ["ADA"], "result")
        kernel.reply(message)
        reply, _ = kernel.run("await prompt('Who? ')", allow_stdin=False)
        equal(reply["content"]["status"], "error", "a question to a client without stdin")


def late_output():
    """What a timer prints belongs to the cell that set it, also while another cell runs."""
    with Kernel() as kernel:
        first = kernel.send("let ticks = 0\nconst timer = setInterval(() => { console.log('tick', ++ticks) }, 20)\n'started'")
        second = kernel.send("console.log('two')\nwhile (ticks < 6) await new Promise((done) => setTimeout(done, 5))\nclearInterval(timer)\nconsole.log('two again')")
        printed = {first: "", second: ""}
        while True:
            got = kernel.client.get_iopub_msg(timeout=10)
            parent = got["parent_header"].get("msg_id")
            if got["msg_type"] == "stream":
                printed[parent] += got["content"]["text"]
            if got["msg_type"] == "status" and parent == second and got["content"]["execution_state"] == "idle":
                break
        equal(printed[second], "two\ntwo again\n", "the waiting cell")
        lines = printed[first].splitlines()
        if len(lines) < 5 or lines != [f"tick {k + 1}" for k in range(len(lines))]:
            raise AssertionError(f"the timer's cell printed {lines}")


def details_of_execute():
    with Kernel() as kernel:
        reply, outputs = kernel.run("const quiet = 1; console.log('quiet'); quiet", silent=True)
        equal([o["msg_type"] for o in outputs if o["msg_type"] in ("execute_input", "execute_result")], [], "silent publishes no input and no result")
        first = kernel.run("1")[0]["content"]["execution_count"]
        second = kernel.run("2", store_history=False)[0]["content"]["execution_count"]
        third = kernel.run("3")[0]["content"]["execution_count"]
        equal(third - first, 1, "the count after a cell without store_history")
        if not first <= second <= third:
            raise AssertionError(f"the counts are {first}, {second}, {third}")
        reply, _ = kernel.run("const wide = '😀'; 1", user_expressions={"sum": "1 + 2", "bad": "nowhere"})
        expressions = reply["content"]["user_expressions"]
        equal(expressions["sum"]["data"]["text/plain"], "3", "user expression")
        equal((expressions["bad"]["status"], expressions["bad"]["ename"]), ("error", "ReferenceError"), "failing user expression")
        # Offsets count code points: the emoji is one.
        question = kernel.client.complete("'😀'; Math.sq", 12)
        content = kernel.reply(question)["content"]
        equal((content["matches"], content["cursor_start"], content["cursor_end"]), (["sqrt"], 10, 12), "completion after an emoji")
        info = kernel.reply(kernel.client.kernel_info())["content"]
        equal(info["status"], "ok", "kernel_info")
        if tuple(int(part) for part in info["protocol_version"].split(".")) < (5, 4):
            raise AssertionError(f"protocol version {info['protocol_version']}")


def restart():
    with Kernel() as kernel:
        kernel.run("var gone = 1")
        started = time.perf_counter()
        kernel.manager.restart_kernel(now=False)
        kernel.client.wait_for_ready(timeout=30)
        took = (time.perf_counter() - started) * 1000
        equal(kernel.value("typeof gone"), "undefined", "variable after a restart")
        return {"restartMs": round(took)}


def shutdown():
    with Kernel() as kernel:
        pid = kernel.manager.provisioner.pid
        family = descendants(pid)
        equal(len(family) >= 1, True, "the kernel's processes")
        started = time.perf_counter()
        kernel.client.shutdown()
        status = None
        while status is None and time.perf_counter() - started < 30:
            status = kernel.manager.provisioner.process.poll()
            time.sleep(0.005)
        took = (time.perf_counter() - started) * 1000
        equal(status, 0, "exit status")
        equal(survivors(family), [], "processes left behind")
        return {"shutdownMs": round(took)}


def busy_shutdown():
    """A loop does not hold a shutdown up."""
    with Kernel() as kernel:
        family = descendants(kernel.manager.provisioner.pid)
        kernel.started(kernel.send("console.log('runs')\nfor (;;);"))
        kernel.client.shutdown()
        deadline = time.monotonic() + 30
        while kernel.manager.provisioner.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if kernel.manager.provisioner.process.poll() is None:
            raise AssertionError("still there 30 s after shutdown_request")
        equal(survivors(family), [], "processes left behind")


def killed_supervisor():
    """A front end that gives up kills the process it started: nothing may outlive it."""
    with Kernel() as kernel:
        pid = kernel.manager.provisioner.pid
        family = descendants(pid)
        kernel.started(kernel.send("console.log('runs')\nfor (;;);"))
        os.kill(pid, 9)
        equal(survivors(family), [], "processes left behind")


def descendants(root):
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as stat:
                    parents[int(name)] = int(stat.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass
    family = {root}
    while True:
        more = {child for child, parent in parents.items() if parent in family} - family
        if not more:
            return sorted(family)
        family |= more


def survivors(family):
    """Which of these processes are still there after a while."""
    deadline = time.monotonic() + 30
    while [p for p in family if alive(p)] and time.monotonic() < deadline:
        time.sleep(0.05)
    return [p for p in family if alive(p)]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def curve():
    with Kernel(transport_encryption="required") as kernel:
        equal(kernel.value("6 * 7"), "42", "over an encrypted connection")
        with open(kernel.manager.connection_file) as file:
            if "curve_secretkey" not in file.read():
                raise AssertionError("the connection file carries no keys")


def foreign_writes():
    """What native code and children write to descriptor 1 and 2 shows in the cell."""
    with Kernel() as kernel:
        code = "import { spawnSync } from 'node:child_process'\nimport { writeSync } from 'node:fs'\nwriteSync(1, 'by descriptor\\n')\nspawnSync('sh', ['-c', 'echo by child; echo complaint >&2'], { stdio: 'inherit' })\nawait new Promise((done) => setTimeout(done, 300))"
        _, outputs = kernel.run(code)
        equal(sorted(text(outputs).split("\n")), ["", "by child", "by descriptor"], "stdout")
        equal(text(outputs, "stderr"), "complaint\n", "stderr")


def death(code, *needles, environment=None):
    """The cell is told what happened; the exit status makes the server offer a restart."""
    with Kernel(environment) as kernel:
        message = kernel.send(code)
        outputs = []
        try:
            outputs = kernel.until_idle(message, 60)
        except queue.Empty:
            raise AssertionError("the cell never became idle")
        said = text(outputs, "stderr") + "".join(
            f"{o['content']['ename']}: {o['content']['evalue']}" for o in outputs if o["msg_type"] == "error"
        )
        for needle in needles:
            if needle not in said:
                raise AssertionError(f"'{needle}' is not in what the cell was told: {said!r}")
        deadline = time.monotonic() + 10
        while kernel.manager.provisioner.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        status = kernel.manager.provisioner.process.poll()
        if status in (None, 0):
            raise AssertionError(f"exit status {status}")
        kernel.manager.restart_kernel(now=True)
        kernel.client.wait_for_ready(timeout=30)
        equal(kernel.value("1 + 1"), "2", "after the restart")
        return {"said": said, "status": status}


def exit_in_cell():
    """`process.exit` in a cell ends nothing silently: either the kernel refuses and lives, or the cell is told."""
    with Kernel() as kernel:
        message = kernel.send("process.exit(3)")
        outputs = kernel.until_idle(message, 20)
        said = "".join(o["content"]["evalue"] for o in outputs if o["msg_type"] == "error") + text(outputs, "stderr")
        if "exit" not in said:
            raise AssertionError(f"the cell was told {said!r}")
        return {"said": said}


if __name__ == "__main__":
    for name, work in {
        "interrupts": interrupts,
        "ten interrupts": ten_interrupts,
        "signal": signal_in_scope,
        "queue after an error": queue_after_error,
        "completion while busy": answers_while_busy,
        "stdin": stdin,
        "late output": late_output,
        "execute options and offsets": details_of_execute,
        "restart": restart,
        "shutdown": shutdown,
        "shutdown of a busy kernel": busy_shutdown,
        "killed from outside": killed_supervisor,
        "encryption": curve,
        "foreign writes": foreign_writes,
        "process.exit": exit_in_cell,
        "out of memory": lambda: death(
            "const hog: object[] = []\nfor (;;) hog.push({ kept: hog.length })", "memory", environment={"NODE_OPTIONS": "--max-old-space-size=150"}
        ),
        "killed by a signal": lambda: death("process.kill(process.pid, 'SIGSEGV')\nawait new Promise(() => {})", "SIGSEGV"),
    }.items():
        check(name, work)
