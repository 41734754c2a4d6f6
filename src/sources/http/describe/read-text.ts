/** Reads what a spec lists under `docs`: an address, or a file beside the spec. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, UserError } from "../../../errors.ts";
import type { Fetched } from "../../../system/http.ts";
import type { DescribeContext } from "../../kind.ts";
import { isObject } from "./pointer.ts";
import { maskedAddress } from "./scrub.ts";

export interface RawText {
  /** With credentials in its query masked. */
  address: string;
  text: string;
  contentType: string;
}

const MAX_BYTES = 64 * 1024 * 1024;
const SECONDS = 60;

/** Throws `UserError` when the entry cannot be read. */
export async function readText(entry: string, context: DescribeContext): Promise<RawText> {
  const { redact = (text: string) => text } = context;
  if (/^https?:\/\//i.test(entry)) {
    const fetched = await fetchText(entry, context);
    if (fetched.status >= 200 && fetched.status < 300) {
      const address = redact(maskedAddress(fetched.address));
      return { address, text: redact(withoutMark(fetched.text)), contentType: fetched.contentType };
    }
    throw new UserError(`${maskedAddress(entry)} answered ${fetched.status}.`, {
      hint: "Check the address under `docs` in the spec.",
    });
  }
  try {
    const text = await readFile(resolve(context.baseDirectory, entry), { encoding: "utf8", signal: context.signal });
    return { address: entry, text: redact(withoutMark(text)), contentType: "" };
  } catch (cause) {
    context.signal.throwIfAborted();
    const why = isObject(cause) && cause.code === "ENOENT" ? "there is no such file" : messageOf(cause);
    throw new UserError(`${entry} cannot be read: ${why}.`, {
      hint: "Paths under `docs` are relative to the spec's directory.",
      cause,
    });
  }
}

/** Errors name the address without what lets somebody in. */
async function fetchText(entry: string, { http, signal }: DescribeContext): Promise<Fetched> {
  try {
    return await http.get(entry, { signal, maxBytes: MAX_BYTES, seconds: SECONDS });
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    const message = cause.message.replaceAll(entry, maskedAddress(entry));
    throw new UserError(message, cause.hint === undefined ? { cause } : { hint: cause.hint, cause });
  }
}

function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
