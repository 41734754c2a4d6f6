/**
 * Puts one server's entry into a host's file and leaves every other byte as it is: other servers, keys nobody here knows,
 * comments, the indentation, the line ends.
 */
import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode, stripComments } from "jsonc-parser";
import { UserError } from "../../errors.ts";
import type { ServerEntry } from "./hosts.ts";

export interface Place {
  /** Of the file, for messages. */
  path: string;
  /** The key whose object holds the servers. */
  section: string;
  name: string;
  entry: ServerEntry;
  /** Whether comments and trailing commas are read by whoever reads the file. */
  comments: boolean;
  /** Puts the entry in place of one that differs. */
  force: boolean;
}

/** `others` counts the servers that stand beside ours. */
export type Placed =
  | { outcome: "added" | "replaced"; text: string; others: number }
  | { outcome: "unchanged" }
  | { outcome: "differs"; difference: string[] };

interface Edit {
  from: number;
  to: number;
  text: string;
}

/** Throws `UserError` for a text that is not JSON, or not of a form in which an entry has one place. */
export function placeEntry(text: string, place: Place): Placed {
  const { section, name, entry } = place;
  // An editor that was asked to open the file and wrote nothing leaves it so.
  if (text.trim() === "") {
    const whole = JSON.stringify({ [section]: { [name]: entry } }, null, 2);
    return { outcome: "added", text: `${whole}\n`, others: 0 };
  }
  const root = objectOf(parse(text, place), "it", place);
  const servers = property(root, section, place);
  if (servers === undefined) {
    const edit = insertion(text, root, { key: section, value: { [name]: entry } });
    return { outcome: "added", text: checked(applied(text, edit), place), others: 0 };
  }
  const object = objectOf(servers, JSON.stringify(section), place);
  const there = property(object, name, place);
  const count = object.children?.length ?? 0;
  if (there === undefined) {
    const edit = insertion(text, object, { key: name, value: entry });
    return { outcome: "added", text: checked(applied(text, edit), place), others: count };
  }
  const difference = differenceOf(there, place);
  if (difference.length === 0) return { outcome: "unchanged" };
  if (!place.force) return { outcome: "differs", difference };
  return { outcome: "replaced", text: checked(replaced(text, there, place), place), others: count - 1 };
}

/** What is about to be written is read once more: a file that its host could not read would take all servers away. */
function checked(text: string, place: Place): string {
  const entry = entryIn(text, place);
  if (entry === undefined || differenceOf(entry, place).length > 0) throw new Error("The entry was not placed right.");
  return text;
}

function entryIn(text: string, place: Place): Node | undefined {
  const servers = property(parse(text, place), place.section, place);
  return servers && property(servers, place.name, place);
}

function parse(text: string, { path, comments }: Place): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: comments, disallowComments: !comments });
  const [error] = errors;
  if (root !== undefined && error === undefined) return root;
  const before = text.slice(0, error?.offset ?? 0).split("\n");
  const where = `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
  const what = error === undefined ? "nothing is there" : inWords(printParseErrorCode(error.error));
  throw new UserError(`${path} is not JSON, and was left as it is: ${where}: ${what}.`, {
    hint: "Mend it and run this again, or take the entry from --print and put it in by hand.",
  });
}

/** `CommaExpected` -> `comma expected`. */
function inWords(code: string): string {
  return code.replace(/(?<=.)(?=[A-Z])/g, " ").toLowerCase();
}

function objectOf(node: Node, what: string, { path }: Place): Node {
  if (node.type === "object") return node;
  throw new UserError(`${path} was left as it is: ${what} is not an object.`, {
    hint: "Mend it and run this again.",
  });
}

/** The value of a key. Of a key that is there twice, hosts take the last and people see the first: neither is touched. */
function property(object: Node, key: string, { path }: Place): Node | undefined {
  const found = (object.children ?? []).filter(({ children }) => children?.[0]?.value === key);
  if (found.length > 1) {
    throw new UserError(`${path} was left as it is: ${JSON.stringify(key)} is there ${found.length} times.`, {
      hint: "Keep one of them and run this again.",
    });
  }
  return found[0]?.children?.[1];
}

const STATED = ["type", "command", "args"] as const;

/**
 * Line by line, in what we state alone: what a person added is theirs, and what stands in `env` or in a URL may be a secret.
 */
function differenceOf(there: Node, place: Place): string[] {
  if (!isStdio(there, place)) {
    const keys = (there.children ?? []).map(({ children }) => String(children?.[0]?.value));
    const what = there.type === "object" ? `a server of another kind, with ${keys.join(", ")}` : `no object`;
    return [`- ${what}`, ...STATED.map((key) => `+ ${key}: ${JSON.stringify(place.entry[key])}`)];
  }
  return STATED.flatMap((key) => {
    const node = property(there, key, place);
    // Hosts read an entry that has a command and no type as we state it.
    if (node === undefined && key === "type") return [];
    const [now, wanted] = [node && JSON.stringify(getNodeValue(node)), JSON.stringify(place.entry[key])];
    if (now === wanted) return [];
    return [...(now === undefined ? [] : [`- ${key}: ${now}`]), `+ ${key}: ${wanted}`];
  });
}

function isStdio(there: Node, place: Place): boolean {
  if (there.type !== "object" || property(there, "url", place)) return false;
  const type = property(there, "type", place);
  return type === undefined || type.value === "stdio";
}

/** Of an entry of our kind only what we state is set, so that a person's `env` stays; any other goes as a whole. */
function replaced(text: string, there: Node, place: Place): string {
  if (!isStdio(there, place)) {
    const value = valueText(place.entry, { ...layoutOf(text), indent: lineIndent(text, there.offset) });
    return applied(text, { from: there.offset, to: there.offset + there.length, text: value });
  }
  let current = text;
  for (const key of STATED) {
    const entry = entryIn(current, place);
    if (entry === undefined) throw new Error("The entry was lost while it was replaced.");
    const node = property(entry, key, place);
    if (node === undefined) {
      current = applied(current, insertion(current, entry, { key, value: place.entry[key] }));
      continue;
    }
    if (JSON.stringify(getNodeValue(node)) === JSON.stringify(place.entry[key])) continue;
    const layout = { ...layoutOf(current), indent: lineIndent(current, node.offset) };
    const value = valueText(place.entry[key], layout);
    current = applied(current, { from: node.offset, to: node.offset + node.length, text: value });
  }
  return current;
}

interface Layout {
  /** One step of indentation. */
  unit: string;
  lineEnd: string;
  /** Of the line on which a value begins. */
  indent: string;
}

/** As the file has it: by the first line that is indented. */
function layoutOf(text: string): Omit<Layout, "indent"> {
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  return { unit: /^[ \t]+(?=["}\]])/m.exec(text)?.[0] ?? "  ", lineEnd };
}

function valueText(value: unknown, { unit, lineEnd, indent }: Layout): string {
  return JSON.stringify(value, null, unit).split("\n").join(`${lineEnd}${indent}`);
}

/**
 * A new property at an object's end. A comment behind the last property stays with it: the comma goes before the comment, the
 * property after it.
 */
function insertion(text: string, object: Node, { key, value }: { key: string; value: unknown }): Edit {
  const properties = object.children ?? [];
  const last = properties.at(-1);
  const [from, to] = [last ? last.offset + last.length : object.offset + 1, object.offset + object.length - 1];
  const written = text.slice(from, to).trimEnd();
  const rest = text.slice(from + written.length, to);
  const comma = stripComments(written).includes(",");
  const before = last === undefined || comma ? written : `,${written}`;
  const name = JSON.stringify(key);
  if (last !== undefined && !text.slice(object.offset, to).includes("\n")) {
    return { from, to, text: `${before} ${name}: ${JSON.stringify(value)}${rest}` };
  }
  const { unit, lineEnd } = layoutOf(text);
  const outer = lineIndent(text, object.offset);
  const sibling = properties.findLast(({ offset }) => startsLine(text, offset));
  const indent = sibling ? lineIndent(text, sibling.offset) : outer + unit;
  const line = `${lineEnd}${indent}${name}: ${valueText(value, { unit, lineEnd, indent })}${comma ? "," : ""}`;
  return { from, to, text: before + line + (rest.includes("\n") ? rest : lineEnd + outer) };
}

function lineIndent(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? "";
}

function startsLine(text: string, offset: number): boolean {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return text.slice(start, offset).trim() === "";
}

function applied(text: string, { from, to, text: put }: Edit): string {
  return text.slice(0, from) + put + text.slice(to);
}
