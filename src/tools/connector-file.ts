/** Reading and writing a connector's files for tools: confined to its folder, with messages a model can act on. */
import { readFile, stat } from "node:fs/promises";
import { relative, sep } from "node:path";
import { ToolError, UserError } from "../errors.ts";
import { confine, listFiles, writeAtomically } from "../system/files.ts";
import { nearest } from "../system/nearest.ts";
import type { ConnectorDesk } from "./desk.ts";
import { NOT_FILES } from "./list-files.ts";

/** Bytes: no file of a connector is larger, and no model should read one that is. */
const MAX_BYTES = 400_000;

/** `path` as it is in the connector's folder, with `/`. Throws `ToolError` for a path that leads elsewhere. */
async function locate(desk: ConnectorDesk, path: string): Promise<{ absolute: string; inside: string }> {
  try {
    const absolute = await confine(desk.directory, path);
    const root = await confine(desk.directory, ".");
    return { absolute, inside: relative(root, absolute).split(sep).join("/") };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new ToolError(`${path} is outside the connector's folder: paths are relative to it, like connector.py.`, {
      cause: error,
    });
  }
}

export async function readConnectorFile(
  desk: ConnectorDesk,
  path: string,
): Promise<{ absolute: string; inside: string; text: string }> {
  const { absolute, inside } = await locate(desk, path);
  const found = await stat(absolute).catch(() => undefined);
  if (isPrivate(inside)) {
    throw new ToolError(
      `${inside} is the person's: real values may be in it. The code and the blueprint name its keys.`,
    );
  }
  if (!found?.isFile() || hidden(inside)) {
    const known = await listFiles(desk.directory, NOT_FILES);
    const meant = nearest(path, known);
    throw new ToolError(
      `There is no file ${path}.${meant ? ` Did you mean ${meant}?` : ""} list_files shows what there is.`,
    );
  }
  if (found.size > MAX_BYTES) throw new ToolError(`${path} has ${found.size} bytes: too large to read here.`);
  return { absolute, inside, text: await readFile(absolute, "utf8") };
}

/** Throws `ToolError` for what may not be written in this step. */
export async function writeConnectorFile(desk: ConnectorDesk, path: string, text: string): Promise<void> {
  const { absolute, inside } = await locate(desk, path);
  const why = hidden(inside) ? `${path} is not a connector's file.` : desk.locked(inside);
  if (why !== undefined) throw new ToolError(why);
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new ToolError(`That is more than ${MAX_BYTES} bytes: a connector's file is smaller.`);
  await writeAtomically(absolute, text);
  await desk.wrote(inside);
}

/** Files of a connector's real values, by their names. */
export function holdsValues(path: string): boolean {
  return /(^|\/)(configuration([_.-](dev|test|stag(e|ing)|prod(uction)?|live|local))?|dev_config)\.json$/i.test(path);
}

/** What lies beside somebody's code, and is nobody's to read. */
export function isPrivate(path: string): boolean {
  return holdsValues(path) || PRIVATE.some((pattern) => pattern.test(path));
}

/** By the folder, by the ending, by the name: code that deals with such things is not among it. */
const PRIVATE = [
  /(^|\/)(secrets?|credentials?)\//i,
  /\.(pem|key|p8|p12|pfx|jks|keystore|ppk|kdbx|env)$/i,
  /(^|\/)id_(rsa|dsa|ecdsa|ed25519)$/i,
  /(secret|credential|service[_-]?account)[^/]*\.(json|ya?ml|toml|ini|cfg|txt|csv)$/i,
  /(^|\/)([^/]*[_.-])?(tokens?|auth|client_secret|keyfile)\.(json|ya?ml|toml|ini|cfg|txt|csv|pickle|pkl)$/i,
  /(^|\/)(secrets?|credentials?)\.py$/i,
  /(^|\/)configuration[_.-][^/]*\.json$/i,
  /(^|\/)((dev|test|stag(e|ing)|prod(uction)?|live|local)[_.-]?)?config([_.-](dev|test|stag(e|ing)|prod(uction)?|live|local))?\.(json|ya?ml|toml|ini|cfg)$/i,
];

/** Artifacts, evidence, reports and recordings lie in hidden folders; what a sync left behind is not the connector's. */
function hidden(inside: string): boolean {
  const parts = inside.split("/");
  return inside === "" || parts.some((part) => part.startsWith(".")) || NOT_FILES.includes(parts[0] ?? "");
}
