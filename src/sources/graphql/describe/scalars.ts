/** Column types of scalars: the five that are built in, and the others by their names and descriptions. */
import { type GraphQLScalarType, isSpecifiedScalarType } from "graphql";
import type { Column } from "../../../artifacts/blueprint.ts";
import { snake } from "../../http/describe/names.ts";

export type Typed = Pick<Column, "type" | "precision" | "scale" | "format"> & { guessed?: string };

/** Room for any sum of money and for rates with nine decimals. */
const MONEY = { precision: 38, scale: 9 } as const;

const BUILT_IN: Readonly<Record<string, Typed>> = {
  ID: { type: "string" },
  String: { type: "string" },
  Int: { type: "integer" },
  Float: { type: "number" },
  Boolean: { type: "boolean" },
};

/** In this order: the first that fits the name decides. */
const NAMED: readonly [RegExp, Typed][] = [
  [
    /^(local_date_?time|naive_date_?time|date_time_local|plain_date_time|timestamp_without_.*)$/,
    { type: "local_timestamp" },
  ],
  [
    /(^|_)(date_?times?|timestamps?|timestamptz|instant|zoned_date_time|offset_date_time|iso8601_date_time)(_|$)/,
    { type: "timestamp" },
  ],
  [/(^|_)(date|local_date|iso8601_date|calendar_date)$/, { type: "date" }],
  [
    /(^|_)(decimal|big_decimal|numeric|money|currency_amount|monetary_amount|unsigned_decimal)$/,
    { type: "decimal", ...MONEY },
  ],
  [/(^|_)(big_?int|bigint|big_integer|uint64|unsigned_?int64|u_int64|unsigned_long)$/, { type: "bigint" }],
  [/(^|_)(long|int64|int_64|int8|smallint|integer|positive_int|non_negative_int|unsigned_int)$/, { type: "integer" }],
  [/(^|_)(double|float8|float4|float64|positive_float|non_negative_float)$/, { type: "number" }],
  [/(^|_)(json|jsonb|json_object|json_string|any|map|object|attributes|raw_value)$/, { type: "json" }],
  [
    /(^|_)(uuid|guid|uri|url|html|email|email_address|phone|phone_number|color|slug|locale|currency|country_code|date_range|duration|time|cursor|git_object_id|git_ssh_remote|x509_certificate|hex|base64_string|formatted_string|markdown|text|varchar|citext|name|handle|ip|ipv4|ipv6|mac|bic|iban)$/,
    { type: "string" },
  ],
];

const TEXT = /\b(string|text|url|uri|e-?mail|identifier|uuid|html|markdown)\b/i;
const MOMENT = /\b(date ?-?time|timestamp|RFC ?3339|date and time|time ?zone)\b/i;
const EPOCH = /\b(unix|epoch)\b/i;

export function typeOfScalar(scalar: GraphQLScalarType): Typed {
  const built = isSpecifiedScalarType(scalar) ? BUILT_IN[scalar.name] : undefined;
  if (built !== undefined) return built;
  const words = `${scalar.description ?? ""} ${scalar.specifiedByURL ?? ""}`;
  const named = NAMED.find(([pattern]) => pattern.test(snake(scalar.name)))?.[1];
  if (named !== undefined) return settled(named, words);
  if (MOMENT.test(words))
    return { type: "timestamp", guessed: `${scalar.name} is taken as a timestamp by its description` };
  if (TEXT.test(words)) return { type: "string", guessed: `${scalar.name} is taken as text by its description` };
  return { type: "json", guessed: `${scalar.name} is a scalar of the source's own, so its values are kept as JSON` };
}

/** What the description says where a name has more than one meaning. */
function settled(named: Typed, words: string): Typed {
  if (named.type === "date" && MOMENT.test(words) && !/\bdate[- ]only|without (a )?time\b/i.test(words)) {
    return { type: "timestamp" };
  }
  if (named.type === "timestamp" && EPOCH.test(words)) {
    return { ...named, format: /milli/i.test(words) ? "epoch_milliseconds" : "epoch_seconds" };
  }
  return named;
}
