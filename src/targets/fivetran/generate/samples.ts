/** Values for the tests that are generated beside a connector. */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { ValueForm } from "../../../python/client-part.ts";
import { expression, type PythonValue } from "../../../python/python-literal.ts";

/** A value as the source might give it, and what has to become of it. */
export interface Sample {
  sent: PythonValue;
  stored: PythonValue;
}

export function sampleOf(column: Column, values: ValueForm): Sample {
  return (values === "native" ? nativeSample(column) : undefined) ?? jsonSample(column);
}

function nativeSample(column: Column): Sample | undefined {
  switch (column.type) {
    case "timestamp":
      return {
        sent: expression("datetime(2024, 2, 29, 12, 30, tzinfo=timezone(timedelta(hours=2)))"),
        stored: "2024-02-29T10:30:00Z",
      };
    case "local_timestamp":
      return { sent: expression("datetime(2024, 2, 29, 12, 30)"), stored: "2024-02-29T12:30:00" };
    case "date":
      return { sent: expression("date(2024, 2, 29)"), stored: "2024-02-29" };
    case "binary":
      return { sent: expression('b"hello"'), stored: expression('b"hello"') };
    default:
      return undefined;
  }
}

function jsonSample(column: Column): Sample {
  const seconds = 1_709_209_800;
  const epoch = column.format === "epoch_milliseconds" ? seconds * 1000 : seconds;
  const timed = column.format?.startsWith("epoch") === true;
  switch (column.type) {
    case "timestamp":
      if (timed) return { sent: epoch, stored: "2024-02-29T12:30:00Z" };
      return { sent: "2024-02-29T12:30:00.5+02:00", stored: "2024-02-29T10:30:00.500000Z" };
    case "local_timestamp":
      return { sent: timed ? epoch : "2024-02-29 12:30", stored: "2024-02-29T12:30:00" };
    case "date":
      return { sent: timed ? epoch - 45_000 * (epoch / seconds) : "2024-02-29", stored: "2024-02-29" };
    case "number":
      return same(0.1);
    case "decimal":
      return { sent: expression('Decimal("19.90")'), stored: "19.90" };
    case "bigint":
      return { sent: 18_446_744_073_709_551_617n, stored: "18446744073709551617" };
    case "binary":
      return { sent: "aGVsbG8=", stored: expression('b"hello"') };
    case "json":
      return same({ list: [1, 2], text: null });
    case "boolean":
      return same(true);
    case "integer":
      return same(7);
    default:
      return same("text");
  }
}

function same(value: PythonValue): Sample {
  return { sent: value, stored: value };
}
