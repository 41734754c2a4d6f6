/**
 * Two sources where there are two: a page may be out of date, and the next one knows it. What rows are lost by is not taken
 * from one page while another one that was read speaks of it.
 */
import type { Claim, Table } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import { nameIn, unescaped } from "./bearing.ts";
import { type Bearing, bearingOf } from "./bearing-words.ts";
import type { Notebook, Page, Proposal } from "./notebook.ts";
import { sectionsOf } from "./outline.ts";

const KINDS: readonly Page["kind"][] = ["official-docs", "api-description", "reference-implementation"];
/** Fields whose mistakes lose rows, and the headings under which pages speak of them in general. */
const TOPICS: readonly (readonly [RegExp, RegExp])[] = [
  [/^source\.auth$/, /auth|token|api key|credential|sign/i],
  [/^tables\..+\.read\.pagination$/, /pagina|paging|pages|lists/i],
  [/^tables\..+\.primary_key$/, /identif|primary key/i],
  [/^tables\..+\.advance$/, /increment|sync|filter|updated|modified|changes|changed/i],
];
/** Longer texts are descriptions that programs drafted from already. */
const LOOKED_THROUGH = 1_000_000;

/** One sentence per claim that rests on one address although another stored page speaks of it. */
export async function secondSourceProblems(
  notebook: Notebook,
  proposal: Proposal,
  claims: Readonly<Record<string, Claim>>,
): Promise<string[]> {
  const known = new Map(notebook.evidence().map((entry) => [entry.id, entry]));
  const problems: string[] = [];
  for (const [key, claim] of Object.entries(claims)) {
    const topic = TOPICS.find(([field]) => field.test(key))?.[1];
    const bearing = bearingOf(proposal, key);
    if (claim.status !== "documented" || topic === undefined || bearing === undefined) continue;
    const cited = claim.evidence.flatMap((id) => known.get(id) ?? []);
    if (new Set(cited.map(({ address }) => sameAs(address))).size !== 1) continue;
    // What the person states, and what the source itself showed, needs no second page.
    if (cited.some(({ kind }) => kind === "user" || kind === "probe")) continue;
    const table = proposal.tables.find(({ name }) => key.startsWith(`tables.${name}.`));
    const other = await otherPage(notebook, { cited, bearing, table, topic, note: claim.note ?? "" });
    if (other === undefined) continue;
    problems.push(
      `${key} rests on one page; ${other.page.id} speaks of it too: “${other.passage}”. Cite ${other.page.id} too, or say in the note why ${other.page.id} does not count.`,
    );
  }
  return problems;
}

interface Wanted {
  cited: readonly Evidence[];
  bearing: Bearing;
  table: Table | undefined;
  topic: RegExp;
  note: string;
}

async function otherPage(
  notebook: Notebook,
  { cited, bearing, table, topic, note }: Wanted,
): Promise<{ page: Page; passage: string } | undefined> {
  const addresses = new Set(cited.map(({ address }) => sameAs(address)));
  const hashes = new Set(cited.map(({ hash }) => hash));
  for (const page of notebook.pages()) {
    if (!KINDS.includes(page.kind) || page.length > LOOKED_THROUGH) continue;
    if (addresses.has(sameAs(page.address)) || hashes.has(page.hash) || nameIn(page.id).test(note)) continue;
    const passage = mention(unescaped(await notebook.text(page.id)), { bearing, table, topic });
    if (passage !== undefined) return { page, passage };
  }
  return undefined;
}

/** A passage that names the field's own names as code, on a page about the table or under a heading about the topic. */
function mention(
  text: string,
  { bearing, table, topic }: Pick<Wanted, "bearing" | "table" | "topic">,
): string | undefined {
  const sections = sectionsOf(text);
  const about = table === undefined || tableNamed(text, table);
  for (const name of bearing.names) {
    for (const match of text.matchAll(new RegExp(asCode(name).source, "giu"))) {
      const heading = sections.findLast(({ start }) => start <= match.index)?.title ?? "";
      if (about || topic.test(heading)) return around(text, match.index);
    }
  }
  return undefined;
}

function tableNamed(text: string, { name, read }: Table): boolean {
  if (read.kind !== "rest") return nameIn(name).test(text);
  const segments = read.path.split("/").filter((part) => part !== "" && !part.includes("{"));
  const last = segments.at(-1);
  return last !== undefined && nameIn(`/${last}`).test(text);
}

/** `page` and `id` are words of every page: such a name counts only where it is written as code, in a table or in a query. */
function asCode(name: string): RegExp {
  const plain = nameIn(name);
  if (/[_\-/.[\]{}\d]|[a-z][A-Z]/.test(name) || /^authorization$/i.test(name)) return plain;
  const { source } = plain;
  return new RegExp(`(?<=[\`"?&|] ?)${source}|${source}(?=[=\`"])`, "iu");
}

function around(text: string, index: number): string {
  const from = Math.max(text.lastIndexOf("\n", index) + 1, index - 100);
  const line = text.indexOf("\n", index);
  const to = Math.min(line < 0 ? text.length : line, index + 120);
  return text.slice(from, to).replace(/\s+/g, " ").trim();
}

/** One page in two forms is one source: `/docs/orders`, `/docs/orders.md` and `/docs/orders/`. */
function sameAs(address: string): string {
  return address
    .replace(/[?#].*$/, "")
    .replace(/\.(md|html?|txt)$/i, "")
    .replace(/\/(index)?$/, "")
    .toLowerCase();
}
