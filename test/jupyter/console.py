"""The terminal client, typed into as a person would."""

import os
import re
import sys

import pexpect

from report import check

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Console:
    def __init__(self, *options):
        # Nothing here answers when the client asks the terminal where its cursor stands.
        environment = {**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm"}
        command = ["-m", "jupyter_console", "--kernel", "tesserlab", *options]
        self.child = pexpect.spawn(sys.executable, command, encoding="utf8", timeout=30, echo=False, env=environment)
        self.see(r"In \[.*1.*\]:")

    def type(self, line):
        self.child.send(f"{line}\r")

    def see(self, pattern):
        try:
            self.child.expect(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF):
            raise AssertionError(f"'{pattern}' never came; the terminal shows:\n{ANSI.sub('', self.child.before)[-2000:]}") from None


def cells():
    console = Console("--simple-prompt")
    console.type("const price: number = 6 * 7")
    console.see(r"In \[2\]: ")
    console.type("price")
    console.see(r"Out\[2\]: 42")
    console.see(r"In \[3\]: ")
    console.type("throw new RangeError('too far')")
    console.see("RangeError")
    console.see(r"In \[4\]: ")
    console.child.close(force=True)


def incomplete_input():
    """The client asks whether the input is complete, and lets one go on typing."""
    console = Console()
    console.type("[1, 2].map((n) => {")
    console.see(r"\.\.\.")
    console.type("return n * 3 })")
    console.see(r"\[.*3, 6.*\]")
    console.child.close(force=True)


def leaves():
    for word in ("exit", "quit"):
        console = Console("--simple-prompt")
        console.type(word)
        console.see(pexpect.EOF)
        console.child.close()
        if console.child.exitstatus != 0:
            raise AssertionError(f"after {word} the console ended with {console.child.exitstatus}, signal {console.child.signalstatus}")


if __name__ == "__main__":
    check("cells", cells)
    check("incomplete input", incomplete_input)
    check("exit", leaves)
