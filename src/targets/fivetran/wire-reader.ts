/** A cursor over protobuf bytes. */
import { toWhole, type Whole } from "../../warehouse/text.ts";

export interface Reader {
  bytes: Buffer;
  at: number;
  /** End of the message being read. */
  end: number;
  /** An unsigned varint of at most 32 bits; more bits are cut, as for enums and booleans. */
  varint(): number;
  /** A signed 64-bit varint: int32 and int64. */
  whole(): Whole;
  /** A length-delimited field's text. */
  text(): string;
  /** Reads the fields up to the end of the message; the function must consume each. */
  fields(read: (number: number, wire: number) => void): void;
  /** Enters a length-delimited message, and leaves it at its end. */
  message(read: () => void): void;
  skip(wire: number): void;
  /** Text of a field further on in this message, "" without one; moves nothing. */
  peekText(number: number): string;
}

export function createReader(bytes: Buffer): Reader {
  const reader: Reader = {
    bytes,
    at: 0,
    end: bytes.length,
    varint: () => readVarint(reader),
    whole: () => readWhole(reader),
    text: () => {
      const length = readVarint(reader);
      const start = reader.at;
      advance(reader, length);
      return bytes.toString("utf8", start, reader.at);
    },
    fields: (read) => {
      while (reader.at < reader.end) {
        const tag = readVarint(reader);
        read(tag >>> 3, tag & 7);
      }
    },
    message: (read) => {
      const length = readVarint(reader);
      const outer = reader.end;
      const end = reader.at + length;
      if (end > outer) throw new RangeError("a message of the connector is cut short");
      reader.end = end;
      read();
      reader.at = end;
      reader.end = outer;
    },
    skip: (wire) => skip(reader, wire),
    peekText: (wanted) => {
      const start = reader.at;
      let text = "";
      reader.fields((number, wire) => {
        if (number === wanted && wire === 2) text = reader.text();
        else skip(reader, wire);
      });
      reader.at = start;
      return text;
    },
  };
  return reader;
}

export function readVarint(reader: Reader): number {
  const { bytes } = reader;
  let byte = bytes[reader.at++] as number;
  if (byte < 128) return byte;
  let value = byte & 127;
  for (let shift = 7; shift < 70; shift += 7) {
    byte = bytes[reader.at++] as number;
    if (shift < 28) value |= (byte & 127) << shift;
    else if (shift === 28) value |= (byte & 15) << 28;
    if (byte < 128) return value >>> 0;
  }
  throw new RangeError("a message of the connector is malformed");
}

/** Seven bits at a time into three parts, which do not overflow: 28 + 28 + 8 bits. */
export function readWhole(reader: Reader): Whole {
  const { bytes } = reader;
  const parts = [0, 0, 0];
  for (let i = 0; i < 10; i++) {
    const byte = bytes[reader.at++] as number;
    const part = i >> 2;
    parts[part] = (parts[part] as number) | ((byte & 127) << ((i & 3) * 7));
    if (byte < 128) {
      const [low = 0, middle = 0, high = 0] = parts;
      if (high === 0 && middle < 2 ** 25) return middle * 2 ** 28 + low;
      const unsigned = (BigInt(high & 255) << 56n) | (BigInt(middle) << 28n) | BigInt(low);
      return toWhole(BigInt.asIntN(64, unsigned));
    }
  }
  throw new RangeError("a message of the connector is malformed");
}

export function advance(reader: Reader, length: number): void {
  reader.at += length;
  if (reader.at > reader.end) throw new RangeError("a message of the connector is cut short");
}

function skip(reader: Reader, wire: number): void {
  if (wire === 0) readWhole(reader);
  else if (wire === 1) advance(reader, 8);
  else if (wire === 2) advance(reader, readVarint(reader));
  else if (wire === 5) advance(reader, 4);
  else throw new RangeError("a message of the connector is malformed");
}
