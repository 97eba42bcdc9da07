/** Levels within levels that a cell may have. The parser, which is native, overflows the stack of the thread, and takes the process along, at some thousands. */
const MAX_DEPTH = 1000;

/** What follows these lies one level deeper than they do. */
const DEEPER = new Set(
  "async await class delete do else export extends for if infer is keyof new return throw typeof unique void while with yield".split(" "),
);
/** Words with a head in parentheses that does not end the statement. */
const HEADED = new Set(["for", "if", "while", "with"]);
/** Operators whose right side is deeper than their left; `:` for labels and the branches of conditions. */
const RIGHT = new Set(["=", "=>", "?", "??", ":", "**"]);
/** What goes on with the statement before it, in the next line too. */
const GOES_ON = /(?:else|catch|finally|as|satisfies|in|instanceof|of|is)\b|[.?:=&|^%*<>,]|\/(?![/*])/uy;
const BLANK = /[^\S\n]+/uy;
const TOKEN = /[\p{ID_Start}$_#@][\p{ID_Continue}$]*|\d[\w.]*|=>|\?\.(?!\d)|\?\?|\*\*|<<|\+\+|--|[=!<>]==?|[\s\S]/uy;
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/uy;
const WORD = /^[\p{ID_Start}$_#@\d]/u;

/** What is open between a bracket and the one that closes it. */
interface Level {
  /** Levels begun within that end with the statement, or with the item of a list. */
  pending: number;
  /** Those of type arguments, which go on beyond commas. */
  types: number;
  /** The brackets are the head of a statement. */
  readonly isHead: boolean;
  /** A template literal goes on behind them. */
  readonly isTemplate: boolean;
}

/**
 * Where code lies too deep in other code to be parsed, as an offset; `undefined` where it does not. An estimate by the tokens: brackets in brackets, and
 * what nests without any, as `a => a => a`, `if (a) if (a)` and `typeof typeof a` do.
 */
export function tooDeepAt(source: string): number | undefined {
  // Each level takes a character.
  return source.length <= MAX_DEPTH ? undefined : new Nesting(source).tooDeepAt();
}

/** Whether going through code overflowed the stack, as thousands of operators or calls in a row (`a.b.b.b`) make it do: they nest as trees, not as text. */
export function isOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes("call stack");
}

class Nesting {
  readonly #source: string;
  #at = 0;
  readonly #levels: Level[] = [{ pending: 0, types: 0, isHead: false, isTemplate: false }];
  #depth = 0;
  /** Whether an operand comes next: what the token before leaves open. */
  #wantsOperand = true;
  #isHeaded = false;

  constructor(source: string) {
    this.#source = source;
  }

  tooDeepAt(): number | undefined {
    for (;;) {
      this.#skipSpace();
      const start = this.#at;
      if (start >= this.#source.length) return undefined;
      this.#token();
      if (this.#depth > MAX_DEPTH) return start;
    }
  }

  get #level(): Level {
    return this.#levels.at(-1)!;
  }

  #match(pattern: RegExp, at: number): string {
    pattern.lastIndex = at;
    return pattern.exec(this.#source)?.[0] ?? "";
  }

  /** Space and comments; a line that ends where a statement can ends it. */
  #skipSpace(): void {
    let hasEnded = false;
    for (const source = this.#source; this.#at < source.length; ) {
      if (source[this.#at] === "\n") {
        hasEnded = true;
        this.#at++;
      } else if (source.startsWith("//", this.#at)) this.#at = orEnd(source.indexOf("\n", this.#at), source);
      else if (source.startsWith("/*", this.#at)) this.#at = orEnd(source.indexOf("*/", this.#at + 2) + 2, source, 2);
      else {
        const blank = this.#match(BLANK, this.#at).length;
        if (blank === 0) break;
        this.#at += blank;
      }
    }
    if (hasEnded && !this.#wantsOperand && this.#match(GOES_ON, this.#at) === "") this.#end(this.#level);
  }

  #token(): void {
    const first = this.#source[this.#at]!;
    const isHeaded = this.#isHeaded;
    this.#isHeaded = false;
    if (first === '"' || first === "'") this.#string(first);
    else if (first === "`") this.#template();
    else if (first === "(" || first === "[" || first === "{") this.#open(isHeaded, false);
    else if (first === ")" || first === "]" || first === "}") this.#close(first);
    else {
      const regex = this.#wantsOperand && first === "/" ? this.#match(REGEX, this.#at) : "";
      const token = regex === "" ? this.#match(TOKEN, this.#at) || first : regex;
      this.#at += token.length;
      if (regex !== "") this.#wantsOperand = false;
      else if (WORD.test(token)) this.#word(token);
      else this.#operator(token);
    }
  }

  #word(word: string): void {
    const goesDeeper = DEEPER.has(word);
    if (goesDeeper || word.startsWith("@")) this.#deeper();
    this.#wantsOperand = goesDeeper;
    this.#isHeaded = HEADED.has(word);
  }

  #operator(token: string): void {
    const level = this.#level;
    const isPostfix = !this.#wantsOperand && (token === "!" || token === "++" || token === "--");
    if (token === ";") this.#end(level);
    else if (token === ",") {
      this.#depth -= level.pending;
      level.pending = 0;
    } else if (token === "<" && !this.#isBetweenBlanks()) {
      level.types++;
      this.#depth++;
    } else if (token === ">" && level.types > 0) {
      level.types--;
      this.#depth--;
    } else if (RIGHT.has(token) || (this.#wantsOperand && "!+-~".includes(token[0]!))) this.#deeper();
    this.#wantsOperand = !isPostfix;
  }

  /** Whether the token before stands alone, as an operator does and the bracket of type arguments does not. */
  #isBetweenBlanks(): boolean {
    return /^\s.\s/.test(this.#source.slice(Math.max(0, this.#at - 2), this.#at + 1));
  }

  #deeper(): void {
    this.#level.pending++;
    this.#depth++;
  }

  /** The end of a statement. */
  #end(level: Level): void {
    this.#depth -= level.pending + level.types;
    level.pending = level.types = 0;
  }

  #open(isHead: boolean, isTemplate: boolean): void {
    this.#levels.push({ pending: 0, types: 0, isHead, isTemplate });
    this.#depth++;
    this.#at++;
    this.#wantsOperand = true;
  }

  #close(bracket: string): void {
    const level = this.#level;
    this.#end(level);
    if (this.#levels.length > 1) {
      this.#levels.pop();
      this.#depth--;
    }
    if (level.isTemplate && bracket === "}") {
      this.#template();
      return;
    }
    this.#at++;
    this.#wantsOperand = level.isHead;
    if (bracket !== "}") return;
    // A block ends a statement that does not go on.
    this.#skipSpace();
    const next = this.#source.slice(this.#at, this.#at + 2);
    if (WORD.test(next) && this.#match(GOES_ON, this.#at) === "") this.#end(this.#level);
  }

  #string(quote: string): void {
    const source = this.#source;
    for (this.#at++; this.#at < source.length; this.#at++) {
      const character = source[this.#at];
      if (character === "\\") this.#at++;
      else if (character === quote || character === "\n") break;
    }
    this.#at++;
    this.#wantsOperand = false;
  }

  /** From a backtick, or the bracket that closes an expression within, to the next expression or the end. */
  #template(): void {
    const source = this.#source;
    for (this.#at++; this.#at < source.length; this.#at++) {
      const character = source[this.#at];
      if (character === "\\") this.#at++;
      else if (character === "`") break;
      else if (character === "$" && source[this.#at + 1] === "{") {
        this.#at++;
        this.#open(false, true);
        return;
      }
    }
    this.#at++;
    this.#wantsOperand = false;
  }
}

/** An offset that was searched for, or the end where nothing was found. */
function orEnd(found: number, source: string, added = 0): number {
  return found - added < 0 ? source.length : found;
}
