/** Single values of the Update stream, in the SDK's two encodings. */
import { parseMoment, parseWhole } from "../../../warehouse/text.ts";
import type { WireScalar, WireType } from "../../../warehouse/warehouse.ts";
import { type Reader, readVarint, readWhole } from "./wire-reader.ts";

/** Where `readValue` leaves a value: a second result without an object for each cell. */
export interface ValueHolder {
  value: WireScalar;
}

/** Reads a `ValueType` that ends at `stop`, its value into the holder. */
export function readValue(reader: Reader, holder: ValueHolder, stop: number): WireType {
  const { bytes } = reader;
  const tag = readVarint(reader);
  switch (tag >>> 3) {
    case 2:
      holder.value = readVarint(reader) !== 0;
      return "boolean";
    case 3:
    case 4:
    case 5:
      holder.value = readWhole(reader);
      return tag >>> 3 === 5 ? "long" : tag >>> 3 === 4 ? "int" : "short";
    case 6:
      holder.value = bytes.readFloatLE(reader.at);
      return "float";
    case 7:
      holder.value = bytes.readDoubleLE(reader.at);
      return "double";
    case 8:
    case 9:
    case 10:
      holder.value = readTimestamp(reader);
      return tag >>> 3 === 8 ? "naive_date" : tag >>> 3 === 9 ? "naive_datetime" : "utc_datetime";
    case 12:
      readVarint(reader);
      holder.value = new Uint8Array(bytes.subarray(reader.at, stop));
      return "binary";
    case 11:
    case 13:
    case 14:
    case 15:
      readVarint(reader);
      holder.value = bytes.toString("utf8", reader.at, stop);
      return TEXT_TYPES[(tag >>> 3) - 11] ?? "string";
    default:
      holder.value = null;
      return "unspecified";
  }
}

const TEXT_TYPES: readonly WireType[] = ["decimal", "binary", "string", "json", "xml"];

/** Microseconds of a `google.protobuf.Timestamp`. */
function readTimestamp(reader: Reader): number | bigint {
  let seconds: number | bigint = 0;
  let nanos = 0;
  reader.message(() =>
    reader.fields((number, wire) => {
      if (number === 1) seconds = readWhole(reader);
      else if (number === 2) nanos = Number(readWhole(reader));
      else reader.skip(wire);
    }),
  );
  const micros = Number(seconds) * 1e6 + Math.floor(nanos / 1000);
  return Number.isSafeInteger(micros) ? micros : BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanos / 1000));
}

/**
 * The encoding without types (`row_data`): a byte of kind, then text or bytes. Scalars take the type that `schema()`
 * declares; those of an undeclared column are text of type `unspecified`, which the warehouse fits to the column.
 */
export function readRaw(bytes: Buffer, declared: WireType | undefined): [WireType, WireScalar] {
  const text = bytes.toString("utf8", 1);
  switch (bytes[0]) {
    case 1:
      return readScalarText(text, declared);
    case 2:
      return ["json", text];
    case 3:
      return ["binary", new Uint8Array(bytes.subarray(1))];
    case 4:
    case 5:
      return declared === "float" ? ["float", Math.fround(Number(text))] : ["double", Number(text)];
    default:
      return ["unspecified", null];
  }
}

function readScalarText(text: string, declared: WireType | undefined): [WireType, WireScalar] {
  switch (declared) {
    case "boolean":
      return [declared, text === "true"];
    case "short":
    case "int":
    case "long":
      return [declared, parseWhole(text) ?? text];
    case "naive_date":
    case "naive_datetime":
    case "utc_datetime":
      return [declared, parseMoment(text)?.micros ?? text];
    case "decimal":
    case "string":
    case "xml":
      return [declared, text];
    default:
      return ["unspecified", text];
  }
}
