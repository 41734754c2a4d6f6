/**
 * The research notebook of a connector: pages as they were read, evidence, claims, and the blueprint as far as it is known.
 * It lies in `.syncsmith/` and is written at each change, so that research that was killed goes on where it was. A model can
 * cause an entry, by a fetch, a probe or a citation; it cannot write one.
 */
import type { Blueprint, Claim } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import { ToolError, UserError } from "../errors.ts";
import type { Description } from "../sources/kind.ts";
import {
  asQuoted,
  findQuotation,
  isWholeLine,
  MAX_QUOTATION,
  MIN_QUOTATION,
  nearestPassage,
} from "./find-quotation.ts";
import { NOTEBOOK_FILES, type NotebookFiles, notebookFiles, type Stored } from "./notebook-files.ts";
import { titleOf } from "./page-text.ts";
import { saysAt } from "./pointed.ts";

/** A page or description as it is quoted from. */
export interface Page {
  /** `P1`, `P2`, …: unique within a connector. */
  id: string;
  /** Where it came from, after redirects; for a local document the path as the spec gives it. */
  address: string;
  kind: Exclude<Evidence["kind"], "probe">;
  title: string;
  /** ISO 8601, UTC. */
  time: string;
  /** SHA-256 of `text`, hex; the text is the file `pages/<hash>`. */
  hash: string;
  /** Characters of the text. */
  length: number;
}

/** A blueprint on its way: nothing need be complete, claims are kept apart. */
export type Proposal = Omit<Blueprint, "claims">;

/** What a probe of the real source found out about a field, kept so that later proposals are held against it. */
export interface Finding {
  /** Claim key. */
  key: string;
  question: string;
  verdict: "confirms" | "refutes" | "silent";
  /** What the source did, one sentence. */
  says: string;
  /** Id of the probe's evidence. */
  evidence: string;
  /** Hash of the field's value when the source was asked (`fingerprint`): the finding is about no other value. */
  value: string;
}

/** What a description brought: evidence whose ids are its own, the texts it points into, and claims that cite it. */
export interface Adopted {
  evidence: readonly Evidence[];
  /** Hash -> text. */
  pages: ReadonlyMap<string, string>;
  claims: Readonly<Record<string, Claim>>;
  proposal: Proposal;
}

export function adopted({ blueprint, evidence, pages }: Description): Adopted {
  const { claims, ...proposal } = blueprint;
  return { evidence, pages, claims, proposal };
}

export interface Notebook {
  pages(): readonly Page[];
  /** The page's text. Throws `ToolError` when there is no such page. */
  text(page: string): Promise<string>;
  /** Stores the text; the same address with the same text is one page. */
  addPage(page: Pick<Page, "address" | "kind" | "title">, text: string): Promise<Page>;
  evidence(): readonly Evidence[];
  /**
   * Finds the quotation in the page's text (white space and Markdown's own marks aside) and enters it as the page has it.
   * The same passage twice is one entry. Throws `ToolError` naming the nearest passage when it is not there.
   */
  cite(citation: { page: string; quotation: string }): Promise<Evidence>;
  /** `exchange` is stored as `pages/<hash>`; it and `quotation` must be redacted. */
  addProbe(probe: { address: string; quotation: string; exchange: string }): Promise<Evidence>;
  /** Whether the evidence still stands: the stored text is there, has that hash, and holds the quotation. */
  holds(evidence: Evidence): Promise<boolean>;
  claims(): Readonly<Record<string, Claim>>;
  setClaims(claims: Readonly<Record<string, Claim>>): Promise<void>;
  proposal(): Proposal | undefined;
  setProposal(proposal: Proposal): Promise<void>;
  findings(): readonly Finding[];
  setFindings(findings: readonly Finding[]): Promise<void>;
  /**
   * Takes over what a description brought. Its evidence gets the next free ids, which its claims then cite in place of the
   * description's own; they replace claims of the same keys, the others stay. Its proposal replaces the one there is.
   * Descriptions and pages of plain text can be quoted from afterwards, the spec cannot.
   */
  adopt(brought: Adopted): Promise<void>;
}

/** A page is looked through for a quotation that is not where it was said to be, unless it is longer. */
const LOOKED_THROUGH = 1_000_000;

/** Opens the notebook in a directory (`.syncsmith`), with what is there. Throws `UserError` naming a file that is damaged. */
export async function openNotebook(directory: string, { now }: { now: () => Date }): Promise<Notebook> {
  const files = notebookFiles(directory);
  const pages: Page[] = (await files.read("pages", NOTEBOOK_FILES.pages)) ?? [];
  const evidence = await files.readEvidence();
  let claims: Readonly<Record<string, Claim>> = (await files.read("claims", NOTEBOOK_FILES.claims)) ?? {};
  let proposal: Proposal | undefined = await files.read("proposal", NOTEBOOK_FILES.proposal);
  let findings: readonly Finding[] = (await files.read("findings", NOTEBOOK_FILES.findings)) ?? [];

  const enter = evidenceBook(evidence, { files, now });
  const addPage: Notebook["addPage"] = async ({ address, kind, title }, text) => {
    const hash = await files.store(text);
    const same = pages.find((page) => page.address === address && page.hash === hash);
    if (same !== undefined) return same;
    const id = `P${pages.reduce((max, known) => Math.max(max, Number(known.id.slice(1))), 0) + 1}`;
    const page: Page = { id, address, kind, title, time: now().toISOString(), hash, length: text.length };
    pages.push(page);
    await files.write("pages", pages);
    return page;
  };
  const setClaims: Notebook["setClaims"] = async (next) => {
    claims = { ...next };
    await files.write("claims", claims);
  };
  const setProposal: Notebook["setProposal"] = async (next) => {
    proposal = next;
    await files.write("proposal", next);
  };

  return {
    pages: () => pages,
    text: async (id) => (await readPage(files, pages, id)).text,
    addPage,
    evidence: () => evidence,
    cite: async ({ page: id, quotation }) => {
      const stored = await readPage(files, pages, id);
      const { hash, address, kind } = pageNamed(pages, id);
      const own = quoted(stored, quotation, id);
      if (own === undefined) throw new ToolError(await notFound({ files, pages, stored, quotation, id }));
      return first(enter([{ kind, address, quotation: own, hash }]));
    },
    addProbe: async ({ address, quotation, exchange }) => {
      const short = quotation.slice(0, MAX_QUOTATION).replace(/[\uD800-\uDBFF]$/, "");
      const hash = await files.store(exchange.includes(short) ? exchange : `${short}\n\n${exchange}`);
      return first(enter([{ kind: "probe", address, quotation: short, hash }]));
    },
    holds: async (entry) => stands(await files.stored(entry.hash), entry),
    claims: () => claims,
    setClaims,
    proposal: () => proposal,
    setProposal,
    findings: () => findings,
    setFindings: async (next) => {
      findings = [...next];
      await files.write("findings", findings);
    },
    adopt: async (brought) => {
      for (const text of brought.pages.values()) await files.store(text);
      const entered = enter(brought.evidence.map(({ id: _, ...entry }) => entry));
      const ids = new Map(brought.evidence.map(({ id }, index) => [id, entered[index]?.id ?? id]));
      for (const [page, text] of readableOf(brought, pages)) await addPage(page, text);
      await setClaims({ ...claims, ...renumbered(brought.claims, ids) });
      await setProposal(brought.proposal);
    },
  };
}

function stands(stored: Stored | undefined, { pointer, quotation }: Evidence): boolean {
  if (stored === undefined) return false;
  if (pointer === undefined) return quotation !== "" && findQuotation(stored, quotation) !== undefined;
  const description = stored.parsed();
  return description !== undefined && saysAt(description.root, pointer, quotation);
}

/** What of a description can be quoted from: pages of HTML are read as Markdown, by a fetch; the spec is no page. */
function readableOf(
  { evidence, pages }: Adopted,
  known: readonly Page[],
): [Parameters<Notebook["addPage"]>[0], string][] {
  const found = new Map<string, [Parameters<Notebook["addPage"]>[0], string]>();
  for (const { kind, address, hash } of evidence) {
    const text = pages.get(hash);
    if (kind === "probe" || kind === "user" || text === undefined || /^\s*</.test(text)) continue;
    if (known.some((page) => page.hash === hash)) continue;
    found.set(hash, [{ address, kind, title: titleOf(address, text) }, text]);
  }
  return [...found.values()];
}

function renumbered(claims: Adopted["claims"], ids: ReadonlyMap<string, string>): Record<string, Claim> {
  const entries = Object.entries(claims).map(([key, claim]) => {
    return [key, { ...claim, evidence: claim.evidence.map((id) => ids.get(id) ?? id) }];
  });
  return Object.fromEntries(entries);
}

/** Removes everything that research wrote into the directory. */
export async function clearNotebook(directory: string): Promise<void> {
  await notebookFiles(directory).clear();
}

type Entry = Omit<Evidence, "id" | "time"> & { time?: string };

/**
 * Enters evidence, each once, in one write. Between finding a number and taking it nothing waits: pages are read side by
 * side.
 */
function evidenceBook(
  evidence: Evidence[],
  { files, now }: { files: NotebookFiles; now: () => Date },
): (entries: readonly Entry[]) => Evidence[] {
  const keyOf = ({ kind, hash, pointer, quotation }: Entry) => JSON.stringify([kind, hash, pointer, quotation]);
  const known = new Map(evidence.map((entry) => [keyOf(entry), entry]));
  return (entries) => {
    let highest = evidence.reduce((max, { id }) => Math.max(max, Number(id.slice(1))), 0);
    const fresh: Evidence[] = [];
    const entered = entries.map((entry) => {
      const same = known.get(keyOf(entry));
      if (same !== undefined) return same;
      highest += 1;
      const added: Evidence = { id: `E${highest}`, ...entry, time: entry.time ?? now().toISOString() };
      known.set(keyOf(entry), added);
      fresh.push(added);
      return added;
    });
    if (fresh.length > 0) files.appendEvidence(fresh);
    evidence.push(...fresh);
    return entered;
  };
}

function first(entries: readonly Evidence[]): Evidence {
  const [entry] = entries;
  if (entry === undefined) throw new Error("nothing was entered");
  return entry;
}

function pageNamed(pages: readonly Page[], id: string): Page {
  const page = pages.find((one) => one.id.toLowerCase() === id.trim().toLowerCase());
  if (page !== undefined) return page;
  const known = pages.map((one) => one.id).join(", ");
  throw new ToolError(
    `There is no page ${id}. ${known === "" ? "Fetch one with fetch_page first." : `Pages: ${known}.`}`,
  );
}

async function readPage(files: NotebookFiles, pages: readonly Page[], id: string): Promise<Stored> {
  const page = pageNamed(pages, id);
  const stored = await files.stored(page.hash);
  if (stored !== undefined) return stored;
  throw new UserError(`The stored text of ${page.address} (${page.hash}) is missing or was changed.`, {
    hint: "Run the research step again from the start.",
  });
}

/** The quotation as the page has it, or undefined. Throws `ToolError` for one that is too short or too long. */
function quoted(stored: Stored, quotation: string, id: string): string | undefined {
  const place = findQuotation(stored, quotation);
  if (place === undefined) return undefined;
  const own = asQuoted(stored.text, place);
  if (own.length > MAX_QUOTATION) {
    throw new ToolError(
      `The quotation is ${own.length} characters long in ${id}; at most ${MAX_QUOTATION} are kept. Cite the part that says it, or two parts.`,
    );
  }
  if (own.trim().length < MIN_QUOTATION && !isWholeLine(stored.text, place)) {
    throw new ToolError(
      `“${own}” is too short to say anything by itself: quote at least ${MIN_QUOTATION} characters, or the whole line or table row.`,
    );
  }
  return own;
}

interface Missing {
  files: NotebookFiles;
  pages: readonly Page[];
  stored: Stored;
  quotation: string;
  id: string;
}

async function notFound({ files, pages, stored, quotation, id }: Missing): Promise<string> {
  const said = `${id} does not say “${quotation.slice(0, 80)}${quotation.length > 80 ? "…" : ""}”.`;
  if (/\.\.\.|…/.test(quotation))
    return `${said} Something is left out in it: cite the pieces as quotations of their own.`;
  const elsewhere: string[] = [];
  for (const page of pages) {
    if (page.id.toLowerCase() === id.trim().toLowerCase() || page.length > LOOKED_THROUGH) continue;
    const other = await files.stored(page.hash);
    if (other !== undefined && findQuotation(other, quotation) !== undefined) elsewhere.push(page.id);
  }
  if (elsewhere.length > 0) return `${said} ${elsewhere.join(" and ")} does: cite that page.`;
  const nearest = nearestPassage(stored, quotation);
  return nearest === undefined
    ? `${said} Nothing there is like it: copy the words from the page, letter for letter.`
    : `${said} The nearest passage is “${nearest}”. Copy the words from the page, letter for letter.`;
}
