/** Links worth reading from a page of documentation: descriptions for programs first, then pages of the same site. */

/** A link as the page has it. */
export interface Anchor {
  /** Absolute. */
  address: string;
  text: string;
  /** In the page's own part, not in a menu. */
  main: boolean;
  /** The same page in another form. */
  alternate?: boolean;
  /** It is known to be a description for programs, whatever its name. */
  description?: boolean;
}

export interface Link {
  address: string;
  text: string;
  /** `description`: OpenAPI and its kind, for import_description. `alternate`: this page as Markdown or data. */
  kind: "description" | "alternate" | "page";
}

const MAX_LINKS = 30;
const DESCRIPTION =
  /(openapi|swagger)[^/?#]*\.(json|ya?ml)\b|\/(openapi|swagger|api-docs)(\/v?\d[\w.]*)?\/?(\?|#|$)|postman_collection|postman[^/]*\.json\b|\.graphqls?(\?|#|$)|schema\.(json|ya?ml)\b/i;
const FORMS = /\.(json|ya?ml|graphqls?)(\?|#|$)/i;
const DOCS = /docs?\b|documentation|develop|api\b|reference|guide|manual|help|learn|resource|endpoint/i;
const TOPICS =
  /pagina|paging|list|auth|token|key|rate.?limit|limit|throttl|quota|filter|sort|order|query|search|sync|incremental|since|updated|delta|changes|delet|archiv|webhook|event|error|status|convention|overview|getting.?started|introduc|object|schema|model|field|type|date|time|changelog|version|migrat/i;
const NOISE =
  /\/(log-?in|log-?out|sign-?in|sign-?up|register|pricing|blog|careers|jobs|legal|privacy|terms|contact|about|cookies?|press|partners?|customers?-stories)(\/|\?|$)|\.(png|jpe?g|gif|svg|ico|css|js|woff2?|zip|gz|tgz|dmg|exe|mp4)(\?|$)/i;

/** At most 30, each address once, without the page itself. */
export function linksWorthReading(anchors: readonly Anchor[], page: string): Link[] {
  const own = plain(page);
  const found = new Map<string, { link: Link; weight: number }>();
  for (const anchor of anchors) {
    const address = plain(anchor.address);
    const kind = kindOf(anchor, page);
    if (kind === undefined || (address === own && kind !== "description")) continue;
    const weight = kind === "description" ? 8 : kind === "alternate" ? 6 : weightOf(anchor, page);
    const known = found.get(address);
    if (known !== undefined && (known.weight >= weight || known.link.kind === "description")) {
      if (known.link.text === "") known.link.text = anchor.text;
      continue;
    }
    found.set(address, { link: { address, text: known?.link.text || anchor.text, kind }, weight });
  }
  return [...found.values()]
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MAX_LINKS)
    .map(({ link }) => link);
}

function kindOf(anchor: Anchor, page: string): Link["kind"] | undefined {
  const url = new URL(anchor.address);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  const worded = /openapi|swagger|postman|graphql schema/i.test(anchor.text) && FORMS.test(url.pathname);
  if (anchor.description === true || DESCRIPTION.test(url.pathname + url.search) || worded) return "description";
  if (anchor.alternate === true) return "alternate";
  if (/\/llms(-full)?\.txt$/.test(url.pathname)) return "alternate";
  if (url.host !== new URL(page).host || anchor.text === "" || NOISE.test(url.pathname)) return undefined;
  return DOCS.test(url.href) || sharedFolders(url, new URL(page)) > 0 || anchor.main ? "page" : undefined;
}

/** Of two pages the one about a topic of ours, near this page, and linked from its own text comes first. */
function weightOf({ address, text, main }: Anchor, page: string): number {
  const url = new URL(address);
  const topic = TOPICS.test(text) || TOPICS.test(url.pathname.split("/").at(-1) ?? "") ? 2 : 0;
  return topic + (main ? 1 : 0) + Math.min(2, sharedFolders(url, new URL(page)));
}

function sharedFolders(a: URL, b: URL): number {
  const folders = (url: URL) => url.pathname.split("/").slice(1, -1);
  const [one, other] = [folders(a), folders(b)];
  const differs = one.findIndex((folder, index) => folder !== other[index]);
  return differs < 0 ? one.length : differs;
}

function plain(address: string): string {
  const url = new URL(address);
  url.hash = "";
  return url.href;
}

/** Descriptions that the page's own viewer loads (Redoc, Swagger UI, Scalar, RapiDoc, Elements), read from its source. */
export function descriptionsNamed(html: string, address: string): Anchor[] {
  const viewer = /SwaggerUI|redoc|rapi-?doc|scalar|elements-api|stoplight/i.test(html);
  const found = [
    ...html.matchAll(/\b(?:spec-url|data-url|data-spec-url|apidescriptionurl)\s*=\s*["']([^"']{1,500})["']/gi),
    ...html.matchAll(/["']?\b(?:url|specUrl)["']?\s*:\s*["']([^"'\s]{1,500}\.(?:json|ya?ml)(?:\?[^"']{0,200})?)["']/gi),
  ];
  const targets = viewer ? found.map(([, target = ""]) => target) : [];
  for (const [, target = ""] of html.matchAll(
    /["']([^"'\s<>]{0,300}(?:openapi|swagger)[^"'\s<>/]{0,80}\.(?:json|ya?ml))["']/gi,
  )) {
    targets.push(target);
  }
  const addresses = targets.flatMap((target) => (URL.canParse(target, address) ? [new URL(target, address).href] : []));
  return [...new Set(addresses)]
    .filter((target) => /^https?:/.test(target))
    .slice(0, 5)
    .map((target) => ({ address: target, text: "description that this page shows", main: true, description: true }));
}
