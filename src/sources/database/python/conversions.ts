/**
 * What a connector does to a value between the driver and the record, per engine and type: only where the driver gives
 * another form, or where the database can hold what the type cannot. The second raises: a bent value would be a quiet loss.
 */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";

export type Conversion =
  | "stored_bytes"
  | "parsed_json"
  | "true_or_false"
  | "calendar_text"
  | "finite_decimal"
  | "stored_integer"
  | "double_number"
  | "exact_decimal"
  | "any_text"
  | "real_bytes";

/** Undefined where the driver's value is the record's. */
export function conversionOf(engine: Engine, { type }: Pick<Column, "type">): Conversion | undefined {
  return BY_ENGINE[engine][type];
}

type ByType = Partial<Record<Column["type"], Conversion>>;

const MOMENTS: ByType = { date: "calendar_text", timestamp: "calendar_text", local_timestamp: "calendar_text" };

const BY_ENGINE: { readonly [E in Engine]: ByType } = {
  postgresql: { ...MOMENTS, binary: "stored_bytes", decimal: "finite_decimal" },
  mysql: { ...MOMENTS, binary: "stored_bytes", json: "parsed_json", boolean: "true_or_false" },
  // Any value may stand in any column there.
  sqlite: {
    ...MOMENTS,
    boolean: "true_or_false",
    integer: "stored_integer",
    bigint: "stored_integer",
    number: "double_number",
    decimal: "exact_decimal",
    string: "any_text",
    binary: "real_bytes",
    json: "parsed_json",
  },
  sqlserver: { binary: "stored_bytes", json: "parsed_json" },
};

/** The Python of a conversion. */
export function conversionCode(engine: Engine, conversion: Conversion): string {
  return conversion === "calendar_text" ? CALENDAR[engine === "sqlserver" ? "mysql" : engine] : CODE[conversion];
}

const CALENDAR: { readonly [E in Exclude<Engine, "sqlserver">]: string } = {
  postgresql: `def calendar_text(value: str) -> str:
    """Return a date or a moment from the year 1 to 9999; PostgreSQL knows others, too."""
    if value[4:5] != "-" or value.endswith(" BC"):
        raise ValueError(f"{value} is no date that a destination can hold")
    return value`,
  mysql: `def calendar_text(value: str) -> str:
    """Return a date or a moment; MySQL also keeps such as 0000-00-00 and 2024-02-00."""
    if value.startswith("0000") or "00" in (value[5:7], value[8:10]):
        raise ValueError(f"{value} is no date that a destination can hold")
    return value`,
  sqlite: `def calendar_text(value: Any) -> str:
    """Return a date or a moment that is written as SQLite's own functions do."""
    if not isinstance(value, str) or value[4:5] != "-" or value[7:8] != "-":
        raise ValueError(f"{value!r:.80} is no date")
    return value`,
};

const CODE: { readonly [C in Exclude<Conversion, "calendar_text">]: string } = {
  stored_bytes: `def stored_bytes(value: bytes) -> str:
    """Return bytes as text."""
    return base64.b64encode(value).decode("ascii")`,
  real_bytes: `def real_bytes(value: Any) -> str:
    """Return bytes as text in Base64. Text among them would be taken for Base64 itself."""
    if not isinstance(value, bytes):
        raise ValueError(f"{value!r:.80} is no bytes")
    return base64.b64encode(value).decode("ascii")`,
  parsed_json: `def parsed_json(value: str) -> Any:
    """Return what a JSON text stands for; integers keep all their digits."""
    try:
        return json.loads(value)
    except TypeError:
        raise ValueError(f"{value!r:.80} is no JSON text") from None`,
  true_or_false: `def true_or_false(value: Any) -> bool:
    """Return a truth value. The database would keep any number in such a column."""
    if value not in (0, 1):
        raise ValueError(f"{value!r:.80} is neither 0 nor 1")
    return bool(value)`,
  finite_decimal: `def finite_decimal(value: Decimal) -> Decimal:
    """Return a number; the database also keeps NaN among them."""
    if not value.is_finite():
        raise ValueError(f"{value} is no number that a destination can hold")
    return value`,
  stored_integer: `def stored_integer(value: Any) -> int:
    """Return an integer. SQLite keeps any value in such a column."""
    if not isinstance(value, int):
        raise ValueError(f"{value!r:.80} is no integer")
    return value`,
  double_number: `def double_number(value: Any) -> float:
    """Return a number. SQLite keeps any value in such a column."""
    if isinstance(value, int) and int(float(value)) == value:
        return float(value)
    if not isinstance(value, float):
        raise ValueError(f"{value!r:.80} is no number of 64 bits")
    return value`,
  exact_decimal: `def exact_decimal(value: Any) -> Decimal:
    """Return a number with the digits that it is written with."""
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise ValueError(f"{value!r:.80} is no number") from None`,
  any_text: `def any_text(value: Any) -> str:
    """Return text. SQLite keeps any value in such a column: numbers as they are written, bytes in hex."""
    return f"x'{value.hex()}'" if isinstance(value, bytes) else str(value)`,
};
