import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYNTHETIC_NOTE } from "../../src/charts/index.js";
import { loadStrategy } from "../../src/handoff/index.js";
import { type CodeCell, type Notebook, type NotebookBundle, readNotebook } from "../../src/kernel/index.js";
import { type Ended, tesserlab } from "../cli/tesserlab.js";
import { Checkout, HAS_REAL_DATA, NOTEBOOKS, REAL_DATA } from "./checkout.js";
import { nbformatProblems } from "./nbformat.js";

const LESSON = "01-research-loop.ipynb";
const DESK = "03-execution-desk.ipynb";
const PLOTLY = "application/vnd.plotly.v1+json";

interface Executed {
  readonly ended: Ended;
  readonly file: string;
  readonly notebook: Notebook;
  readonly html: string;
}

async function execute(checkout: Checkout, name: string, dataDir: string): Promise<Executed> {
  const file = checkout.path("notebooks", name.replace(".ipynb", ".executed.ipynb"));
  const page = checkout.path("reports", name.replace(".ipynb", ".html"));
  const args = ["run", `notebooks/${name}`, "--html", page];
  const ended = await tesserlab(args, { root: checkout.folder, env: { TESSERLAB__DATA_DIR: dataDir } });
  return { ended, file, notebook: readNotebook(file), html: readFileSync(page, "utf8") };
}

const codeCells = ({ cells }: Notebook): CodeCell[] => cells.filter((cell) => cell.cell_type === "code");

/** Whether a cell is there to show an error. */
const expectsError = ({ metadata }: CodeCell): boolean => (metadata.tags as string[] | undefined)?.includes("raises-exception") === true;

/** The bundles a notebook shows, with the cell they stand under. */
function bundles(notebook: Notebook): { id: string; data: NotebookBundle }[] {
  return codeCells(notebook).flatMap(({ id, outputs }) =>
    outputs.flatMap((output) =>
      output.output_type === "display_data" || output.output_type === "execute_result" ? [{ id, data: output.data }] : [],
    ),
  );
}

/** Every chart of a notebook as the figure it draws: an output of its own, or one inside another output's HTML. */
function figures(notebook: Notebook): string[] {
  return bundles(notebook).flatMap(({ data }) => {
    if (data[PLOTLY] !== undefined) return [JSON.stringify(data[PLOTLY])];
    const html = String(data["text/html"] ?? "");
    // A figure's element and the script that draws it both name its id.
    const drawn = [...html.matchAll(/<script>\(function\(\)\{var f=(.*);$/gm)].map((match) => match[1]!);
    expect(html.split("data-tesserlab-figure=").length - 1).toBe(2 * drawn.length);
    return drawn;
  });
}

/** A text table as rows of cells. */
function rows(text: unknown): string[][] {
  return String(text)
    .split("\n")
    .slice(2)
    .map((line) => line.trim().split(/ {2,}/));
}

const WHERE = [
  ["the synthetic sample", false],
  [`real candles (skipped without them in TESSERLAB__DATA_DIR)`, true],
] as const;

describe.each(WHERE)("on %s", (_title, real) => {
  describe.skipIf(real && !HAS_REAL_DATA).each(NOTEBOOKS)("%s", (name) => {
    let checkout: Checkout;
    let run: Executed;
    beforeAll(async () => {
      checkout = new Checkout();
      run = await execute(checkout, name, real ? REAL_DATA : checkout.noData);
    }, 600_000);
    afterAll(() => checkout.remove());

    test("runs to its end with no error but those it is meant to show, every cell with a count and its times", () => {
      expect(run.ended.stderr).toMatch(/\nok in /);
      expect(run.ended.code).toBe(0);
      expect(run.ended.stdout).toBe(`notebooks/${name.replace(".ipynb", ".executed.ipynb")}\nreports/${name.replace(".ipynb", ".html")}\n`);
      const cells = codeCells(run.notebook);
      const failed = cells.filter(({ outputs }) => outputs.some((one) => one.output_type === "error"));
      expect(failed.map(({ id }) => id)).toEqual(cells.filter(expectsError).map(({ id }) => id));
      expect(cells.map((cell) => cell.execution_count)).toEqual(cells.map((_, i) => i + 1));
      for (const { metadata } of cells) expect(metadata.execution).toHaveProperty(["shell.execute_reply"]);
    });

    test("is a notebook of nbformat 4.5 before and after", () => {
      for (const file of [checkout.path("notebooks", name), run.file])
        expect(nbformatProblems(JSON.parse(readFileSync(file, "utf8")))).toEqual([]);
    });

    test("is committed without outputs", () => {
      for (const { outputs, execution_count } of codeCells(readNotebook(checkout.path("notebooks", name)))) {
        expect(outputs).toEqual([]);
        expect(execution_count).toBeNull();
      }
    });

    test("shows nothing that has no text, and no text with a hole in it", () => {
      for (const { id, data } of bundles(run.notebook)) {
        expect(data["text/plain"], id).toEqual(expect.stringMatching(/\S/));
        expect(data["text/plain"], id).not.toMatch(/\[object |\bNaN\b|\bundefined\b|could not be shown/);
      }
    });

    test(real ? "no chart of real candles claims to be synthetic" : "every chart says that its data is synthetic", () => {
      const drawn = figures(run.notebook);
      expect(drawn.length).toBeGreaterThan(0);
      for (const figure of drawn) expect(figure.includes(SYNTHETIC_NOTE)).toBe(!real);
    });

    test("its report needs nothing else and holds the chart library once", () => {
      expect(run.html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/(?:src|href)=["']?(?:https?:)?\/\//);
      expect(run.html).toContain("default-src 'none'");
      expect(run.html.match(/id="plotly-gz"/g)).toHaveLength(1);
      expect(run.html.length).toBeLessThan(2_700_000 + 2 * figures(run.notebook).join("").length + 1_500_000);
      expect(run.html.match(/DecompressionStream\("gzip"\)/g)).toHaveLength(1);
    });

    test("leaves nothing that Git would show", () => {
      expect(readdirSync(checkout.path("notebooks"))).toContain(name.replace(".ipynb", ".executed.ipynb"));
      expect(checkout.status()).toBe("");
    });

    if (name === DESK) {
      test("its figures: sizes, refusals, plans and costs are those worked out by hand", () => {
        const shown = (id: string): string => String(bundles(run.notebook).find((one) => one.id === id)!.data["text/plain"]);
        const last = (id: string): string[] => rows(shown(id)).map((row) => row.at(-1)!);
        // Of 25,000 at 20,000: 5 %, 1 % at risk on 2 %, and half of what Kelly says of 55 % at 1.5 to 1, 0.55 - 0.45 / 1.5.
        const sizes = last("sizing-table").slice(1);
        expect([sizes[0], sizes[1], sizes[2], sizes[5]]).toEqual(["0.05", "0.0625", "0.625", "0.15625"]);
        expect(shown("sizing-budget")).toContain("0.025");
        // 0.5 x 60,000 long, 4 x 3,000 short at a weight of 1.15.
        expect(shown("risk-heat")).toMatch(/gross: 43800,\s+net: 16200,/);
        expect(shown("risk-alone")).toMatch(
          /buy +1\.5 .*no +order quantity 1\.5 exceeds limit 1\s*\n.*no +order notional 54000 exceeds limit 50000\s*\nsell .*yes/,
        );
        // 5 % of 25,000 at 60,000 in lots of 0.001, its legs a tick toward the entry.
        expect(shown("signal-handled")).toMatch(/s1 +buy +0\.02 .*\n.*stop +58800\.1 .*\n.*limit +61234\.5 /);
        expect(shown("router-alone")).toMatch(
          /ENTER +limit +59999\.8 +yes .*\n.*no +working_entry_exists:t1\s*\nEXIT +market +yes +taker_exit:STOP_LOSS/,
        );
      });

      test("it explains an entry with its size and every check, and a session's file costs what the backtest cost", () => {
        const shown = (id: string): string => String(bundles(run.notebook).find((one) => one.id === id)!.data["text/plain"]);
        const refused = shown("risk-explain");
        if (real) expect(refused).toMatch(/maxOrderNotional +[\d.]+ +at most 29000 +refuses/);
        const passed = shown("passed-explain");
        expect(passed).toMatch(/ordered/);
        expect(passed).toMatch(/fixed:0\.5 +[\d.]+ +[\d.]+ +0\.5 +0\.001 +0\.5/);
        expect(passed).toMatch(/maxOrderNotional +[\d.]+ +at most 29000 +passes/);
        expect(passed).not.toContain("refuses");
        const [saved] = /(?<=Resting saved )-?[\d.]+/.exec(shown("maker-cost"))!;
        const fees = rows(shown("maker-cost")).find(([what]) => what === "fees")!;
        expect(Number(saved)).toBeCloseTo(Number(fees[1]) - Number(fees[2]), 1);
        expect(Number(saved)).toBeGreaterThan(0);
        const costs = rows(shown("quality-session")).slice(1);
        expect(costs.length).toBeGreaterThan(1);
        for (const [group, , filled, session, tested] of costs) {
          expect(session, group).toBe(tested);
          if (group === "maker_entry") expect(Number(filled)).toBeGreaterThan(0);
        }
        expect(shown("quality-session")).toMatch(/^(\d+) entries of the session rested, \1 of the backtest/);
      });
    }

    // What follows is the lesson's own.
    if (name !== LESSON) return;

    test("exports a strategy file that loads and is what was tested", async () => {
      const exported = readdirSync(checkout.path("strategies")).filter((file) => file.endsWith("_tuned.toml"));
      expect(exported).toEqual(["sma_cross_tuned.toml"]);
      const file = await loadStrategy(checkout.path("strategies", exported[0]!));
      expect(file.trust).toBe("ok");
      expect(file.provenance?.search?.trials).toBeGreaterThan(100);
      expect(file.provenance?.data.map(({ synthetic }) => synthetic)).toEqual([!real]);
    });

    test("its session traded as the backtest of the same file did", () => {
      const compared = bundles(run.notebook).find(({ id }) => id === "trade-compare")!;
      const figures = rows(compared.data["text/plain"]);
      expect(figures.map(([what]) => what)).toEqual(["fills", "final equity", "fees"]);
      for (const [what, session, backtest] of figures) expect(session, what).toBe(backtest);
      expect(Number(figures[0]![1])).toBeGreaterThan(0);
      expect(existsSync(checkout.path("reports", "lesson_state.db"))).toBe(true);
    });

    test("its reproduction of the recorded test agrees in every figure", () => {
      const proof = bundles(run.notebook).find(({ id }) => id === "reload-file")!;
      expect(proof.data["text/plain"]).toContain("Reproduced exactly");
    });
  });
});
