/** Where the source is and how it lets a connector in, by kind. */
import { claimKey, type Source, type SourceField, sourceFields } from "../../artifacts/blueprint.ts";
import { accessInWords, credentialKeys, placeInWords } from "../../wording/kinds.ts";
import { bullets, code, prose, table } from "../../wording/markdown.ts";
import { type Known, stated } from "./known.ts";

export function authorization(known: Known): string {
  const { source, configuration } = known.blueprint;
  const names = credentialKeys(known.blueprint);
  const rows = configuration
    .filter((key) => key.secret || names.includes(key.key) || source.kind === "database" || source.kind === "file")
    .map((key) => [code(key.key), key.secret ? "yes" : "no", prose(key.description)]);
  return [bullets(factsOf(known)), ...(rows.length > 0 ? [table(["Parameter", "Secret", "Meaning"], rows)] : [])].join(
    "\n\n",
  );
}

function factsOf(known: Known): string[] {
  const { source } = known.blueprint;
  const [place] = sourceFields(source);
  const method = `Method: ${accessInWords(known.blueprint)}.`;
  const rests = place === undefined ? "" : ` ${stated(known, claimKey(place))}`;
  return [
    `${PLACE[source.kind]}: ${placeInWords(source)}.${rests}`,
    hasAuth(source) ? `${method} ${stated(known, claimKey("auth" satisfies SourceField))}` : method,
    ...(hasAuth(source)
      ? Object.entries(source.headers).map(([name, value]) => `Every request carries ${code(`${name}: ${value}`)}.`)
      : []),
    ...(source.kind === "file" && source.manifest !== undefined
      ? [`The files are listed by ${code(source.manifest)}, at the location.`]
      : []),
    ...(source.kind === "database" ? ["The connector only reads: it needs no right but to select."] : []),
  ];
}

const PLACE: { readonly [K in Source["kind"]]: string } = {
  rest: "Base address",
  graphql: "Endpoint",
  database: "Database",
  file: "Location",
};

function hasAuth(source: Source): source is Extract<Source, { kind: "rest" | "graphql" }> {
  return source.kind === "rest" || source.kind === "graphql";
}
