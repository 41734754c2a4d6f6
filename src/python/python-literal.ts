/** Values of the blueprint as Python source. Whatever a source is called or says, it stays data here. */

/** A symbol, so that no key of a source's own can pass for source code. */
const SOURCE = Symbol("source");

/** Python source that is already an expression, such as the name of a constant. */
export interface Expression {
  readonly [SOURCE]: string;
}

export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Expression
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue };

export function expression(source: string): Expression {
  return { [SOURCE]: source };
}

/** A Python expression for a value; lists and objects become lists and dicts. */
export function pythonLiteral(value: PythonValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return pythonString(value);
  if (typeof value !== "object") return Object.is(value, -0) ? "-0.0" : String(value);
  if (isList(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (isExpression(value)) return value[SOURCE];
  const entries = Object.entries(value).map(([key, item]) => `${pythonString(key)}: ${pythonLiteral(item)}`);
  return `{${entries.join(", ")}}`;
}

/** A Python tuple. */
export function pythonTuple(items: readonly PythonValue[]): string {
  const [first] = items;
  if (items.length === 1 && first !== undefined) return `(${pythonLiteral(first)},)`;
  return `(${items.map(pythonLiteral).join(", ")})`;
}

/** A call with keyword arguments; arguments that are undefined are left out. */
export function pythonCall(name: string, args: { [argument: string]: PythonValue | undefined }): Expression {
  const given = Object.entries(args).flatMap(([argument, value]) =>
    value === undefined ? [] : [`${argument}=${pythonLiteral(value)}`],
  );
  // The comma at the end makes the formatter keep one argument per line where there are many.
  return expression(`${name}(${given.join(", ")}${given.length > 4 ? "," : ""})`);
}

/** Text as it may stand in a docstring: one line, no quotes or escapes that would end or change it. */
export function docText(text: string): string {
  const plain = text.replace(INVISIBLE, " ").replaceAll("\\", "/").replaceAll('"', "'").replace(/\s+/g, " ").trim();
  return plain.replace(/\.+$/, "");
}

/** Lines of at most `width` characters for a comment; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Controls, line separators and marks that reorder text: a reader of the source would not see them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for.
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** JSON's escapes are all Python's too. */
function pythonString(text: string): string {
  return JSON.stringify(text).replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function isList(value: object): value is readonly PythonValue[] {
  return Array.isArray(value);
}

function isExpression(value: object): value is Expression {
  return SOURCE in value;
}
