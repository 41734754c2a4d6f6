/**
 * HTML that cannot forget to escape: whatever is put into the template is text, unless it is markup made here.
 */

export interface Markup {
  readonly markup: string;
}

export type Part = string | number | Markup | readonly Part[];

/** html`<p>${text}</p>` escapes `text`; markup and lists of markup are taken as they are. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return { markup: strings.reduce((made, string, index) => made + render(parts[index - 1] ?? "") + string) };
}

/** For element content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what HTML does not allow in text
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "\ufffd")
      .replace(/&/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/>/g, "&gt;")
      .replace(/"/g, "&quot;")
      .replace(/'/g, "&#39;")
  );
}

function render(part: Part): string {
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return String(part);
  if ("markup" in part) return part.markup;
  return part.map(render).join("");
}
