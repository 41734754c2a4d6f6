/**
 * Reading a spec from a file: YAML or JSON, checked key by key, with every mistake named in the person's own terms.
 * All errors are `UserError`: one line, a hint, exit code 2.
 */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { SECRET_FIELDS } from "../artifacts/auth.ts";
import { SECRET_SOURCE_FIELDS, type Spec, specSchema } from "../artifacts/spec.ts";
import { messageOf, UserError } from "../errors.ts";
import { nearest } from "../system/nearest.ts";
import { isReference } from "../system/secrets.ts";

export interface LoadedSpec {
  spec: Spec;
  /** Absolute path. */
  path: string;
  /** Directory that relative `docs` are resolved against. */
  directory: string;
}

export async function loadSpec(path: string): Promise<LoadedSpec> {
  const absolute = resolve(path);
  let text: string;
  try {
    text = await readFile(absolute, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UserError(
      missing ? `There is no spec at ${path}.` : `The spec ${path} cannot be read: ${messageOf(error)}.`,
      {
        hint: "Write one with `syncsmith init`, or give another path.",
        cause: error,
      },
    );
  }
  return { spec: parseSpec(text, path), path: absolute, directory: dirname(absolute) };
}

/** `name` is what messages call the spec. */
export function parseSpec(text: string, name: string): Spec {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken) {
    const at = lines.linePos(broken.pos[0]);
    throw new UserError(`${name}, line ${at.line}, column ${at.col}: this is not YAML: ${broken.message}`, {
      hint: "Check the indentation and the quotes around that place.",
    });
  }
  const data: unknown = document.toJS();
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new UserError(`${name} holds no keys: a spec is a list of \`key: value\` lines.`, {
      hint: "Start from `syncsmith init`.",
    });
  }
  const lineOf = (path: readonly PropertyKey[], key?: string) => {
    const node = document.getIn(path as unknown[], true);
    const own = isMap(node) ? node.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.key : undefined;
    const { range } = (own ?? node ?? {}) as { range?: [number, number, number] };
    return range ? `line ${lines.linePos(range[0]).line}, ` : "";
  };
  refuseLiteralSecrets(data as Record<string, unknown>, (path) => `${name}, ${lineOf(path)}`);
  const parsed = specSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issue = worst(parsed.error.issues);
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  throw describe(issue, `${name}, ${lineOf(issue.path, unknown)}`);
}

/** The published JSON Schema of the spec, for editors and for CI. */
export function specJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(specSchema, { io: "input" }), title: "Syncsmith spec" };
}

/** Looks before the schema does, so that a secret is refused even in a spec that is wrong elsewhere. */
function refuseLiteralSecrets(data: Record<string, unknown>, where: (path: string[]) => string): void {
  const { source, destination } = data;
  const { connection } = (destination ?? {}) as { connection?: unknown };
  // The path of a file is no secret, the address of a server has a password in it.
  if (typeof connection === "string" && /^[a-z]+:\/\/|password|token=/i.test(connection)) {
    refuseLiteral(connection, ["destination", "connection"], where);
  }
  if (typeof source !== "object" || source === null) return;
  const kindOfSource = String((source as Record<string, unknown>).kind) as keyof typeof SECRET_SOURCE_FIELDS;
  for (const field of SECRET_SOURCE_FIELDS[kindOfSource] ?? []) {
    refuseLiteral((source as Record<string, unknown>)[field], ["source", field], where);
  }
  const auth = (source as Record<string, unknown>).auth;
  if (typeof auth !== "object" || auth === null) return;
  const kind = String((auth as Record<string, unknown>).kind) as keyof typeof SECRET_FIELDS;
  for (const field of SECRET_FIELDS[kind] ?? []) {
    refuseLiteral((auth as Record<string, unknown>)[field], ["source", "auth", field], where);
  }
}

function refuseLiteral(value: unknown, path: string[], where: (path: string[]) => string): void {
  // Nothing is no secret: some sources take a key as the user name, with an empty password.
  if (typeof value !== "string" || value === "" || isReference(value)) return;
  throw new UserError(`${where(path)}${path.join(".")} holds a secret in plain text.`, {
    hint: `Write a reference instead: ${path.at(-1)}: "\${env:NAME}" or "\${file:path}". Consider the one written here exposed.`,
  });
}

type Issue = z.core.$ZodIssue;

/**
 * The mistake to name. An unknown key comes first: a mistyped key also shows as a missing one. Inside a union zod reports
 * every branch: the branch that got furthest is the one the person meant.
 */
function worst(issues: readonly Issue[]): Issue {
  const all = issues.map(meant);
  return all.find((issue) => issue.code === "unrecognized_keys") ?? (all[0] as Issue);
}

function meant(issue: Issue): Issue {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
  const branches = issue.errors
    .filter((branch) => branch.length > 0)
    .map(worst)
    .map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }) as Issue);
  return branches.reduce((best, next) => (next.path.length > best.path.length ? next : best), branches[0] ?? issue);
}

function describe(issue: Issue, where: string): UserError {
  const field = issue.path.map(String).join(".") || "the spec";
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const known = knownKeys(issue.path);
    const meant = nearest(key, known);
    return new UserError(`${where}unknown key ${[...issue.path.map(String), key].join(".")}.`, {
      hint: meant ? `Did you mean ${meant}?` : `Known here: ${known.join(", ")}.`,
    });
  }
  if (issue.code === "invalid_union" && issue.errors.length === 0) {
    return new UserError(`${where}${field} is not one that exists.`, {
      hint: `Possible: ${allowedValues(issue.path).join(", ")}.`,
    });
  }
  if (issue.code === "invalid_value") {
    return new UserError(`${where}${field} is not one of the possible values.`, {
      hint: `Possible: ${issue.values.map(String).join(", ")}.`,
    });
  }
  const missing = issue.code === "invalid_type" && / received undefined$/.test(issue.message);
  return new UserError(missing ? `${where}${field} is missing.` : `${where}${field}: ${issue.message}.`, {
    hint: "The published JSON Schema (spec.schema.json) lists every key with its meaning.",
  });
}

type SchemaNode = { [key: string]: unknown };

function knownKeys(path: readonly PropertyKey[]): string[] {
  return [...new Set(nodesAt(path).flatMap((node) => Object.keys((node.properties as object | undefined) ?? {})))];
}

function allowedValues(path: readonly PropertyKey[]): string[] {
  return nodesAt(path).flatMap((node) => ("const" in node ? [String(node.const)] : ((node.enum as string[]) ?? [])));
}

/** Every branch of the JSON Schema that a path may lead to. */
function nodesAt(path: readonly PropertyKey[]): SchemaNode[] {
  const branches = (node: SchemaNode): SchemaNode[] => {
    const inner = [...((node.anyOf as SchemaNode[]) ?? []), ...((node.oneOf as SchemaNode[]) ?? [])];
    return inner.length > 0 ? inner.flatMap(branches) : [node];
  };
  let nodes = branches(specJsonSchema());
  for (const step of path) {
    nodes = nodes.flatMap((node) => {
      const next =
        typeof step === "number"
          ? node.items
          : ((node.properties as SchemaNode | undefined)?.[String(step)] ?? node.additionalProperties);
      return typeof next === "object" && next !== null ? branches(next as SchemaNode) : [];
    });
  }
  return nodes;
}
