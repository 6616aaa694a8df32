/** What may come next. */
type Expected = "value" | "value or end" | "name" | "name or end" | "colon" | "comma or end";

/** The beginning of a number, as far as it goes: a whole one ends in a digit. */
const NUMBER = /-?(?:(?:0|[1-9][0-9]*)(?:\.(?![0-9])|(?:\.[0-9]+)?(?:[eE][+-]?[0-9]*)?))?/y;

const LITERALS: readonly string[] = ["true", "false", "null"];

/** A text that is not JSON, up to the first character that cannot be. No recursion: a peer may nest as deep as it likes. */
class Scanner {
  at = 0;
  readonly #text: string;
  /** What closes the arrays and objects that are open. */
  readonly #open: string[] = [];
  #expected: Expected = "value";

  constructor(text: string) {
    this.#text = text;
  }

  run(): void {
    do this.#skipWhitespace(); while (this.at < this.#text.length && this.#step(this.#text[this.at]!));
  }

  /** One token; whether it may stand there. */
  #step(first: string): boolean {
    const expected = this.#expected;
    if (expected.endsWith("or end") && first === this.#open.at(-1)) {
      this.#open.pop();
      return this.#symbol("comma or end");
    }
    switch (expected) {
      case "colon":
        return first === ":" && this.#symbol("value");
      case "comma or end":
        return first === "," && this.#open.length > 0 && this.#symbol(this.#open.at(-1) === "}" ? "name" : "value");
      case "name":
      case "name or end":
        this.#expected = "colon";
        return first === '"' && this.#string();
      default:
        return this.#value(first);
    }
  }

  #value(first: string): boolean {
    if (first === "{" || first === "[") {
      this.#open.push(first === "{" ? "}" : "]");
      return this.#symbol(first === "{" ? "name or end" : "value or end");
    }
    this.#expected = "comma or end";
    if (first === '"') return this.#string();
    const literal = LITERALS.find((word) => word[0] === first);
    return literal === undefined ? this.#number() : this.#literal(literal);
  }

  /** From quote to quote; otherwise `at` is the character that may not be in it. */
  #string(): boolean {
    for (this.at++; this.at < this.#text.length; this.at++) {
      const character = this.#text[this.at]!;
      if (character === '"') return this.#symbol(this.#expected);
      if (character < " " || (character === "\\" && !this.#escape())) return false;
    }
    return false;
  }

  /** Leaves `at` on the last character of the escape. */
  #escape(): boolean {
    this.at++;
    const letter = this.#text[this.at] ?? "";
    if (letter !== "u") return letter !== "" && '"\\/bfnrt'.includes(letter);
    for (let digit = 0; digit < 4; digit++) {
      this.at++;
      if (!/^[0-9a-fA-F]$/.test(this.#text[this.at] ?? "")) return false;
    }
    return true;
  }

  #number(): boolean {
    NUMBER.lastIndex = this.at;
    const [beginning] = NUMBER.exec(this.#text)!;
    this.at += beginning.length;
    return /[0-9]$/.test(beginning);
  }

  #literal(word: string): boolean {
    let matched = 0;
    while (matched < word.length && this.#text[this.at] === word[matched]) {
      matched++;
      this.at++;
    }
    return matched === word.length;
  }

  #symbol(next: Expected): boolean {
    this.at++;
    this.#expected = next;
    return true;
  }

  #skipWhitespace(): void {
    while (" \t\n\r".includes(this.#text[this.at] ?? "?")) this.at++;
  }
}

/**
 * Where a text that `JSON.parse` has refused stops being JSON, the same on every engine: they say it in different words,
 * and some not at all. A text that is cut stops at its end.
 */
export function jsonErrorOffset(text: string): number {
  const scanner = new Scanner(text);
  scanner.run();
  return scanner.at;
}
