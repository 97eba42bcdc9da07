import MagicString from "magic-string";
import { withoutHashbang } from "../compile/hashbang.js";
import { type CellShape, type NameKind, readShape } from "./cell-shape.js";
import { declaredExport, declaredLocal, earlierName, HELD, heldExport, heldLocal } from "./private-names.js";
import { cellDocument, GLOBALS, specifierOf } from "./project.js";

/** Where a name of the notebook comes from. */
interface Origin {
  /** Module that declares it, and under which export; `*` is the module itself. */
  readonly from: string;
  readonly name: string;
  readonly kind: NameKind;
  /** The module after which a variable holds what it holds now. */
  readonly heldFrom?: string;
}

/** The text of a document and where the cell is in it. The cell's lines are the document's, beginning with its second. */
export interface CellDocument {
  readonly text: string;
  /** Names of the cell that stand for an earlier meaning, with what they are called in the document. */
  readonly earlier: ReadonlyMap<string, string>;
}

interface Executed {
  readonly cellId: string;
  readonly code: string;
  /** Name of the document; its specifier is what origins refer to. */
  readonly document: string;
  /** How many documents the same code of the same cell had before this one. */
  readonly generation: number;
  readonly text: string;
  readonly taken: ReadonlyMap<string, Origin>;
}

const MAX_GENERATIONS = 5;
const MANY_NAMES = 500;

/** Which documents a change made or made superfluous. */
export interface Changes {
  readonly written: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
}

/**
 * The names of a notebook as documents that import from each other: one for each execution whose names are still alive, as the next cell would see them.
 * Documents instead of one long text, because a cell may declare anything anew, because each cell keeps the meaning it had when it was executed, and because the
 * server then has only the current cell to read again.
 */
export class NotebookNames {
  readonly #base: ReadonlyMap<string, Origin>;
  readonly #origins: Map<string, Origin>;
  readonly #executed = new Map<string, Executed>();
  #highest = 0;

  /**
   * @param helpers - names in scope from the start.
   * @param lab - specifier of the module those come from that are not the kernel's own.
   * @param own - names the kernel provides, exported by the document `GLOBALS`.
   */
  constructor(helpers: readonly string[], lab: string, own: readonly string[]) {
    const globals = specifierOf(GLOBALS);
    const origins: [string, Origin][] = helpers.map((name) => [name, { from: lab, name: name === "lab" ? "*" : name, kind: "fixed" }]);
    for (const name of own) origins.push([name, { from: globals, name, kind: "fixed" }]);
    this.#base = new Map(origins);
    this.#origins = new Map(origins);
  }

  /** The highest number a document of a cell has had. */
  get highest(): number {
    return this.#highest;
  }

  /**
   * The document for a cell about to be executed, with every name of the notebook in scope: not only those it mentions, because then the server would have to
   * put its program together anew with nearly every letter typed.
   * @param toCheck - the document is for a check, for which the server looks at every name in scope, longer the more there are: of very many it is given
   *   those alone that the cell mentions.
   */
  documentFor(code: string, toCheck = false): CellDocument {
    const shape = readShape(code);
    const taken = toCheck && this.#origins.size > MANY_NAMES ? this.#mentioned(code) : this.#origins;
    return makeDocument(code, shape, taken, { earlier: [...shape.declares.keys()].filter((name) => taken.has(name)) });
  }

  /**
   * Takes the names of an executed cell over. A cell that does not parse has none. Of one that failed only new names count: a variable whose initialiser
   * threw keeps its old value, and how far the cell came is not known here.
   */
  remember(cellId: string, code: string, { failed }: { readonly failed: boolean }): Changes {
    const read = readShape(code);
    if (!read.parsed) return { written: new Map(), removed: [] };
    const shape = failed ? withoutEffects(read) : read;
    const given = [...shape.declares].filter(([name]) => !failed || !this.#origins.has(name));
    const { document, generation, taken, text: before } = this.#place(cellId, code);
    const { text } = makeDocument(code, shape, taken, { exports: exportsOf(shape, given, taken) });
    const from = specifierOf(document);
    for (const [name, kind] of given)
      this.#origins.set(name, { from, name: declaredExport(name), kind, ...(kind === "fixed" ? {} : { heldFrom: from }) });
    for (const name of shape.assigns) {
      const origin = taken.get(name);
      if (origin !== undefined && origin.kind !== "fixed") this.#origins.set(name, { ...origin, heldFrom: from });
    }
    if (shape.result !== undefined && !this.#isUsers("_")) this.#origins.set("_", { from, name: heldExport("_"), kind: "fixed" });
    this.#executed.set(document, { cellId, code, document, generation, text, taken });
    const removed = this.#collect();
    return { written: before === text || removed.includes(document) ? new Map() : new Map([[document, text]]), removed };
  }

  /**
   * The document an execution is kept in, and what it takes. A cell executed again as it is keeps its document; if it builds on its own result
   * (`rows = clean(rows)`), it keeps what it built on the first time, lest it be the source of itself. Where it builds on other cells that build on it, it gets
   * a new document, but not for ever: types that still change after some rounds are not worth a chain without end.
   */
  #place(cellId: string, code: string): Pick<Executed, "document" | "generation" | "taken"> & { readonly text?: string } {
    const taken = this.#mentioned(code);
    const previous = [...this.#executed.values()].findLast((other) => other.cellId === cellId && other.code === code);
    if (previous === undefined) return { document: this.#unusedDocument(), generation: 0, taken };
    const { document, generation, text } = previous;
    const own = specifierOf(document);
    const circular = [...taken].filter(([, origin]) => this.#reaches(origin, document));
    if (generation < MAX_GENERATIONS && circular.some(([, { from, heldFrom }]) => from !== own && heldFrom !== own))
      return { document: this.#unusedDocument(), generation: generation + 1, taken };
    for (const [name] of circular) {
      const before = previous.taken.get(name);
      if (before === undefined) taken.delete(name);
      else taken.set(name, before);
    }
    return { document, generation, taken, text };
  }

  /** Drops the names a cell declared; those of helpers mean the helpers again. */
  forget(cellId: string): Changes {
    const gone = new Set(
      [...this.#executed.values()].filter((cell) => cell.cellId === cellId).map(({ document }) => specifierOf(document)),
    );
    for (const [name, { from }] of this.#origins) {
      if (!gone.has(from)) continue;
      const base = this.#base.get(name);
      if (base === undefined) this.#origins.delete(name);
      else this.#origins.set(name, base);
    }
    return { written: new Map(), removed: this.#collect() };
  }

  /** Names of documents are used again, so that there are as many as cells are alive and not as many as were ever executed. */
  #unusedDocument(): string {
    let number = 1;
    while (this.#executed.has(cellDocument(number))) number++;
    this.#highest = Math.max(this.#highest, number);
    return cellDocument(number);
  }

  #isUsers(name: string): boolean {
    const origin = this.#origins.get(name);
    return origin !== undefined && origin.name === declaredExport(name);
  }

  #mentioned(code: string): Map<string, Origin> {
    const words = new Set(code.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
    return new Map([...this.#origins].filter(([name]) => words.has(name)));
  }

  /** Whether an origin depends on a document, itself or through the cells it was made from. */
  #reaches(origin: Origin, target: string): boolean {
    const reached = new Set<string>();
    this.#follow([origin], reached);
    return reached.has(target);
  }

  #follow(origins: Iterable<Origin>, reached: Set<string>): void {
    for (const { from, heldFrom } of origins)
      for (const specifier of [from, heldFrom]) {
        const document = specifier === undefined ? undefined : `${specifier.slice(2)}.ts`;
        const cell = document === undefined ? undefined : this.#executed.get(document);
        if (cell === undefined || reached.has(cell.document)) continue;
        reached.add(cell.document);
        this.#follow(cell.taken.values(), reached);
      }
  }

  /** Removes the executions no living name depends on. */
  #collect(): string[] {
    const alive = new Set<string>();
    this.#follow(this.#origins.values(), alive);
    const removed = [...this.#executed.keys()].filter((document) => !alive.has(document));
    for (const document of removed) this.#executed.delete(document);
    return removed;
  }
}

/** What counts of a cell that failed: it may not have come to its assignments and its result. */
function withoutEffects({ result: _, ...shape }: CellShape): CellShape {
  return { ...shape, assigns: new Set() };
}

interface Additions {
  /** What the document gives to others. */
  readonly exports?: string;
  /** Names whose earlier meaning is wanted although the cell does not use it yet. */
  readonly earlier?: readonly string[];
}

/** A cell with what it takes from the notebook in front, on one line, and what it gives behind. */
function makeDocument(
  code: string,
  shape: CellShape,
  taken: ReadonlyMap<string, Origin>,
  { exports = "", earlier: wanted = [] }: Additions = {},
): CellDocument {
  const used = shape.earlier.filter(({ name }) => taken.has(name) || name in globalThis);
  const names = new Set([...used.map(({ name }) => name), ...wanted]);
  const earlier = new Map([...names].map((name, index) => [name, earlierName(name, index)]));
  const isExecuted = exports !== "";
  const text = new MagicString(withoutHashbang(code));
  for (const { name, start, shorthand } of used) {
    // The key must stay. In a cell not yet executed positions must too: there a shorthand is left alone, and its value has no type.
    if (!shorthand) text.update(start, start + name.length, earlier.get(name)!);
    else if (isExecuted) text.update(start, start + name.length, `${name}: ${earlier.get(name)}`);
  }
  if (isExecuted && shape.result !== undefined) {
    const { start, end, statementEnd } = shape.result;
    text.appendLeft(start, `;const ${heldExport("_")}=${HELD}(\n`);
    if (end < statementEnd) text.remove(end, statementEnd);
    text.appendLeft(end, "\n);");
  } else if (shape.isObject) text.append("\n)");
  const head = new Head();
  for (const [name, origin] of taken) if (!shape.declares.has(name)) head.takeOver(name, origin);
  for (const [name, alias] of earlier) {
    const origin = taken.get(name);
    if (origin === undefined) head.declare(`declare const ${alias}:typeof globalThis.${name};`);
    else head.takeOver(alias, origin);
  }
  if (isExecuted) head.import(specifierOf(GLOBALS), HELD);
  const open = shape.isObject && !isExecuted ? "(" : "";
  return { text: `export{};${head.text}${open}\n${text.toString()}\n${exports}`, earlier };
}

/** The declarations by which a document has the names of others. One import for each of them, lest thousands of names take the checker many seconds. */
class Head {
  readonly #imports = new Map<string, string[]>();
  #rest = "";

  get text(): string {
    return [...this.#imports].map(([from, names]) => `import{${names.join()}}from"${from}";`).join("") + this.#rest;
  }

  import(from: string, name: string): void {
    const names = this.#imports.get(from);
    if (names === undefined) this.#imports.set(from, [name]);
    else names.push(name);
  }

  declare(text: string): void {
    this.#rest += text;
  }

  /** Has a name of another document under a name of this one. */
  takeOver(local: string, { from, name, kind, heldFrom }: Origin): void {
    if (name === "*") {
      this.declare(`import*as ${local} from"${from}";`);
      return;
    }
    if (kind === "fixed" || heldFrom === undefined) {
      this.import(from, `${name} as ${local}`);
      return;
    }
    this.import(heldFrom, `${heldExport(name.slice(declaredExport("").length))} as ${heldLocal(local)}`);
    if (kind === "evolving") this.declare(`let ${local};${local}=${heldLocal(local)};`);
    else {
      this.import(from, `${name} as ${declaredLocal(local)}`);
      this.declare(`let ${local}:typeof ${declaredLocal(local)}=${heldLocal(local)};`);
    }
  }
}

function exportsOf(shape: CellShape, given: readonly (readonly [string, NameKind])[], taken: ReadonlyMap<string, Origin>): string {
  const names = given.map(([name]) => `${name} as ${declaredExport(name)}`);
  const held = given.filter(([, kind]) => kind !== "fixed").map(([name]) => name);
  for (const name of shape.assigns) if ((taken.get(name)?.kind ?? "fixed") !== "fixed") held.push(name);
  if (shape.result !== undefined) names.push(heldExport("_"));
  const parts = names.length === 0 ? [] : [`export{${names.join()}};`];
  for (const name of held) parts.push(`export const ${heldExport(name)}=${HELD}(${name});`);
  return parts.length === 0 ? ";" : parts.join("");
}
