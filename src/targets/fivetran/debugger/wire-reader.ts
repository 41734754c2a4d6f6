/** A cursor over protobuf bytes. */
import { toWhole, type Whole } from "../../../warehouse/text.ts";

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

export function readWhole(reader: Reader): Whole {
  const { bytes } = reader;
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[reader.at++] as number;
    low |= (byte & 127) << shift;
    if (byte < 128) return low;
  }
  // 28 bits more, and then the last 8: parts that do not overflow.
  let middle = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[reader.at++] as number;
    middle |= (byte & 127) << shift;
    if (byte < 128) return middle < 2 ** 25 ? middle * 2 ** 28 + low : toWhole((BigInt(middle) << 28n) | BigInt(low));
  }
  let high = (bytes[reader.at++] as number) & 255;
  if (high > 127) high = (high & 127) | ((bytes[reader.at++] as number) << 7);
  return toWhole(BigInt.asIntN(64, (BigInt(high) << 56n) | (BigInt(middle) << 28n) | BigInt(low)));
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
