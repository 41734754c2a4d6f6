/** Words in names: however a source writes them (`updatedAt`, `updated-at`, `filter[updated_at]`), they are compared as snake_case. */

/** `createdAt` -> `created_at`, `page[size]` -> `page_size`, `HTTPStatus` -> `http_status`. May be empty. */
export function snake(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase();
}

const IRREGULAR: Readonly<Record<string, string>> = {
  people: "person",
  children: "child",
  men: "man",
  women: "woman",
  indices: "index",
  matrices: "matrix",
  movies: "movie",
  series: "series",
  news: "news",
};

/** The singular of the last word of a snake_case name: `order_items` -> `order_item`, `statuses` -> `status`. */
export function singular(name: string): string {
  const cut = name.lastIndexOf("_") + 1;
  const word = name.slice(cut);
  return name.slice(0, cut) + (IRREGULAR[word] ?? singularWord(word));
}

function singularWord(word: string): string {
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (/(ss|x|z|ch|sh|us)es$/.test(word)) return word.slice(0, -2);
  if (/(ss|us|is)$/.test(word) || word.length < 3) return word;
  return word.endsWith("s") ? word.slice(0, -1) : word;
}

/** Whether two names mean the same thing up to style and number: `OrderItems` and `order_item`. */
export function sameThing(a: string, b: string): boolean {
  const [x, y] = [snake(a), snake(b)];
  return x !== "" && singular(x) === singular(y);
}

/** The first sentence of a description, on one line. */
export function firstSentence(text: string): string {
  return (/^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text).replace(/\s+/g, " ").slice(0, 300);
}
