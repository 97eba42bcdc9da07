"""Runs the whole of jupyter_kernel_test against the installed kernel and reports each of its tests."""

import io
import unittest

import jupyter_kernel_test as suite

from report import report


class TesserlabTests(suite.KernelTests):
    kernel_name = "tesserlab"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("oops")'
    code_page_something = "setTimeout?"
    code_generate_error = 'throw new Error("as asked")'
    code_clear_output = 'console.log("gone"); display.clear()'
    code_inspect_sample = "console.log"
    completion_samples = [
        {"text": "[1].fla", "matches": {"flat", "flatMap"}},
        {"text": "Math.sq", "matches": {"sqrt"}},
        {"text": "zinc"},
    ]
    complete_code_samples = ["1", "const a: number = 1", "for (let i = 0; i < 9; i++) {\n}", "`done`", "type A<T> = T[]", "await 1", "/[(]/.test('(')"]
    incomplete_code_samples = ["`open", "function f(a: number) {", "const a = [1,", "f(", "1 +", "/* open", "if (true) {\n  1", "interface A {"]
    invalid_code_samples = ["const 1 = 2", "const = 3", "f)(", "a b c", "} {"]
    code_execute_result = [
        {"code": "6*7", "result": "42"},
        {"code": "'tesser' + 'lab'", "result": "tesserlab"},
        {"code": "12n ** 3n", "result": "1728n"},
        {"code": "[1, 2].map((x: number) => x * 2)", "result": "[ 2, 4 ]"},
        {"code": "await Promise.resolve(7)", "result": "7"},
    ]
    code_display_data = [
        {"code": "display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>1</b>', 'text/plain': '1' }) })", "mime": "text/html"},
        {"code": "display({ a: 1 })", "mime": "text/plain"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6?7*"


class TesserlabWelcome(suite.IopubWelcomeTests):
    kernel_name = "tesserlab"
    support_iopub_welcome = True


class Reporter(unittest.TestResult):
    """Each test once: subtests that fail are gathered into their test."""

    def startTest(self, test):
        super().startTest(test)
        self.messages = []
        self.skipped_because = None

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.messages.append(f"{subtest}: {self._exc_info_to_string(err, test)}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.messages.append(self._exc_info_to_string(err, test))

    addError = addFailure

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.skipped_because = str(reason)

    def stopTest(self, test):
        super().stopTest(test)
        message = "\n".join(self.messages) or (f"skipped: {self.skipped_because}" if self.skipped_because else "")
        report(test.id().split(".")[-1], not message, message=message[-4000:])


if __name__ == "__main__":
    loader = unittest.defaultTestLoader
    tests = unittest.TestSuite([loader.loadTestsFromTestCase(TesserlabTests), loader.loadTestsFromTestCase(TesserlabWelcome)])
    outcome = Reporter(stream=io.StringIO())
    tests.run(outcome)
    for kind, failed in (("errors", outcome.errors),):
        for where, message in failed:
            if not hasattr(where, "_testMethodName"):
                report(f"set-up: {kind}", False, message=message[-4000:])
