/** Text in the encodings that files come in. */
import { TextDecoder } from "node:util";
import type { Encoding } from "../../artifacts/kinds/file.ts";

const CP1252_HIGH = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

/**
 * A decoder for a stream of bytes: throws where they are not of that encoding. A mark at the beginning is left out where
 * the encoding has one.
 */
export function createDecoder(encoding: Encoding): (chunk: Buffer | undefined) => string {
  if (encoding === "latin-1") return (chunk) => chunk?.toString("latin1") ?? "";
  if (encoding === "utf-16") return byMark();
  const name = { "utf-8": "utf-8", "utf-16-le": "utf-16le", "utf-16-be": "utf-16be", cp1252: "windows-1252" }[encoding];
  const decoder = new TextDecoder(name, { fatal: true, ignoreBOM: encoding !== "utf-8" });
  return (chunk) => (chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
}

function byMark(): (chunk: Buffer | undefined) => string {
  let decoder: TextDecoder | undefined;
  let held = Buffer.alloc(0);
  return (chunk) => {
    if (decoder === undefined) {
      held = Buffer.concat([held, chunk ?? Buffer.alloc(0)]);
      if (held.length < 2 && chunk !== undefined) return "";
      const big = held[0] === 0xfe && held[1] === 0xff;
      decoder = new TextDecoder(big ? "utf-16be" : "utf-16le", { fatal: true });
      const text = decoder.decode(held, { stream: chunk !== undefined });
      held = Buffer.alloc(0);
      return text;
    }
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  };
}

/** The bytes of a text. Throws `RangeError` for a character that the encoding does not have. */
export function encodeText(text: string, encoding: Encoding): Buffer {
  switch (encoding) {
    case "utf-8":
      return Buffer.from(text);
    case "utf-16":
      return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
    case "utf-16-le":
      return Buffer.from(text, "utf16le");
    case "utf-16-be":
      return Buffer.from(text, "utf16le").swap16();
    case "latin-1":
    case "cp1252":
      return Buffer.from([...text].map((character) => singleByte(character, encoding)));
  }
}

/** Whether an encoding has all characters of a text. */
export function canEncode(text: string, encoding: Encoding): boolean {
  try {
    encodeText(text, encoding);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function singleByte(character: string, encoding: "latin-1" | "cp1252"): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80 || (code >= 0xa0 && code < 0x100)) return code;
  if (encoding === "latin-1" && code < 0xa0) return code;
  const high = encoding === "cp1252" ? CP1252_HIGH.indexOf(character) : -1;
  // The five that cp1252 leaves out would not be read again.
  if (high < 0 || code < 0xa0) throw new RangeError(`${encoding} has no ${JSON.stringify(character)}`);
  return 0x80 + high;
}
