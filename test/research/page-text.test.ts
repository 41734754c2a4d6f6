import { describe, expect, test } from "vitest";
import { MAX_TEXT, pageText, type RawDocument } from "../../src/research/page-text.ts";
import { verifies } from "../support/verifies.ts";
import { pageFixture } from "./page-server.ts";

const ADDRESS = "https://docs.quayside.example/docs/shipments";

function raw(text: string, rest: Partial<RawDocument> = {}): RawDocument {
  return { address: ADDRESS, status: 200, contentType: "text/html", text, ...rest };
}

async function readable(document: RawDocument) {
  const read = await pageText(document);
  if (read.kind === "refused") throw new Error(read.reason);
  return read;
}

async function refused(document: RawDocument) {
  const read = await pageText(document);
  if (read.kind === "page") throw new Error(`it was read: ${read.text}`);
  return read;
}

describe("HTML becomes what a reader sees", async () => {
  const { text, title, links } = await readable(raw(pageFixture("reference.html")));

  test("the page without the site around it", () => {
    expect(title).toBe("Shipments");
    for (const gone of [
      "Quayside</a>",
      "Pricing",
      "Edit this page",
      "¶",
      "Copy link",
      "On this page",
      "Try it",
      "track()",
      "drawing",
      "rights reserved",
    ]) {
      expect(text).not.toContain(gone);
    }
    expect(text).toContain(
      "Send `updated_since` & **limit**. The path is `/shipments/{shipment_id}`; names like a_b_c stay.",
    );
    expect(text).toContain("[Pages](https://docs.quayside.example/docs/pagination)");
    expect(text).toContain("Sixty requests per minute are allowed for each key.");
    expect(text).toContain("**Deleted shipments**");
    expect(text).toContain("They stay listed with `voided: true`.");
    expect([...text.matchAll(/^#+ .*$/gm)].map(([line]) => line)).toEqual([
      "# Shipments",
      "## List shipments",
      "## Fields",
    ]);
  });

  test("tables survive: without a head, with code, lists, line breaks and spans in their cells", () => {
    expect(text).toContain("| limit | integer | At most `250\\|unlimited`<br>- default 50<br>- per page |");
    expect(text).toContain(
      '| offset | integer | First line<br>second line<br>`{`<br>`"offset": 100`<br>`}`<br>**Careful** |',
    );
    expect(text).toContain(
      "All fields\n\n| Name | Type |\n| --- | --- |\n| shipment_id | string |\n| The rest is optional. |  |",
    );
    expect(text).toContain("| outer | inner; values |\n| second | row |");
  });

  test("code keeps its lines and its language, without line numbers", () => {
    expect(text).toContain('```json\n{\n  "next": "abc"\n}\n```');
    expect(text).toContain("```python\nimport requests\nprint(1)\n```");
    expect(text).toContain("```bash\ncurl one\ncurl two\n```");
  });

  test("definitions read as a list", () => {
    expect(text).toContain(
      "- `carrier` (string): Who carries it.\n  - code: Four letters.\n- eta, etd: When it comes and goes.",
    );
  });

  test("links worth reading: descriptions first, this page as Markdown, then pages about our topics", () => {
    expect(links.map(({ kind, address }) => [kind, address.replace("https://docs.quayside.example", "")])).toEqual([
      ["description", "/downloads/openapi.yaml"],
      ["alternate", "/docs/shipments.md"],
      ["page", "/docs/pagination"],
      ["page", "/docs/authentication"],
      ["page", "/docs/rate-limits"],
      ["page", "/"],
    ]);
  });

  test("a page without main, and one whose main is only a greeting", async () => {
    const body = `<p>${"The endpoint lists orders, a hundred per page. ".repeat(60)}</p>`;
    expect((await readable(raw(`<html><body><div>${body}</div></body></html>`))).text).toContain("a hundred per page");
    expect((await readable(raw(`<html><body><main>Hi</main><div>${body}</div></body></html>`))).text).toContain(
      "a hundred per page",
    );
  });
});

describe("what is no HTML", () => {
  test("Markdown and plain text stay as they are", async () => {
    const text = "# Orders\n\n| a | b |\n|---|---|\n| `x_y` | 1 |\n";
    expect(await readable(raw(text, { contentType: "text/markdown" }))).toMatchObject({
      text,
      title: "Orders",
      links: [],
    });
    expect(
      await readable(raw("\uFEFFone\r\ntwo", { contentType: "text/plain", address: "https://x.example/llms.txt" })),
    ).toMatchObject({ text: "one\ntwo", title: "llms.txt" });
    expect((await readable(raw("<b>is no document</b> of HTML", { contentType: "text/plain" }))).text).toBe(
      "<b>is no document</b> of HTML",
    );
  });

  test("JSON on one line is laid out, digits as they are", async () => {
    const text = `{"id":12345678901234567890,"price":1.50,"list":[${Array.from({ length: 80 }, (_, i) => i).join(",")}]}`;
    const read = await readable(raw(text, { contentType: "application/json" }));
    expect(read.text).toContain('{\n  "id": 12345678901234567890,\n  "price": 1.50,\n  "list": [\n    0,');
    const broken = `{"a": ${"1".repeat(300)}`;
    expect((await readable(raw(broken, { contentType: "application/json" }))).text).toBe(broken);
  });

  test("a huge page is cut at a line, and says so", async () => {
    const line = `${"word ".repeat(19)}end.\n`;
    const read = await readable(raw(line.repeat(8000), { contentType: "text/plain" }));
    expect(read.text.length).toBeLessThanOrEqual(MAX_TEXT);
    expect(read.text.endsWith("end.\n")).toBe(true);
    expect(read.notes[0]).toContain(`Only the first ${read.text.length} of ${line.length * 8000} characters were kept`);
  });
});

describe(verifies("research.pages", "what cannot be read says why, and where to look instead"), () => {
  test.each([
    [404, "status", "answered 404: there is no page"],
    [410, "status", "answered 410"],
    [500, "status", "it fails now"],
    [503, "status", "it fails now"],
    [429, "status", "asked too often"],
    [401, "login", "wants a login"],
    [403, "login", "wants a login"],
  ])("status %i", async (status, why, words) => {
    const found = await refused(raw("<h1>Whatever</h1>", { status }));
    expect(found.why).toBe(why);
    expect(found.reason).toContain(words);
  });

  test("a page that says of itself that it is none", async () => {
    expect((await refused(raw("<title>404</title><h1>Page not found</h1><p>It may have moved.</p>"))).why).toBe(
      "status",
    );
    expect(
      (await readable(raw(`<h1>404 and other errors</h1>${"<p>The API answers 404 for unknown ids.</p>".repeat(50)}`)))
        .title,
    ).toBe("404 and other errors");
  });

  test("a login wall: by its form, or by where the redirect led", async () => {
    expect((await refused(raw(pageFixture("login.html")))).why).toBe("login");
    const asked = "https://docs.quayside.example/docs/internal";
    const moved = raw("<p>Continue with your company account.</p>", {
      asked,
      address: "https://sso.quayside.example/start",
    });
    expect((await refused(moved)).reason).toContain("https://sso.quayside.example/start is a login form");
    expect((await refused({ ...moved, address: "https://docs.quayside.example/users/sign_in?next=x" })).why).toBe(
      "login",
    );
    const about = raw("<h1>Authorize</h1><p>Send the key.</p>", {
      asked: `${ADDRESS}/authorize`,
      address: `${ADDRESS}/authorize/`,
    });
    expect((await readable(about)).notes).toEqual([`${ADDRESS}/authorize leads to ${ADDRESS}/authorize/.`]);
  });

  test("a page that scripts would fill names what it loads, or says what to try", async () => {
    const found = await refused(raw(pageFixture("shell.html")));
    expect(found.why).toBe("scripted");
    expect(found.reason).toContain("It names https://docs.quayside.example/specs/quayside-v2.json: fetch that.");
    const bare = await refused(raw('<html><body><div id="app"></div><script src="a.js"></script></body></html>'));
    expect(bare.reason).toContain(
      "Try https://docs.quayside.example/llms.txt, https://docs.quayside.example/docs/shipments.md, https://docs.quayside.example/openapi.json.",
    );
    const code = await refused(
      raw("<div></div><script></script>", { address: "https://github.com/acme/tap/blob/main/tap/streams.py" }),
    );
    expect(code.reason).toContain("https://raw.githubusercontent.com/acme/tap/main/tap/streams.py");
  });

  test("what is not text, whatever it is called", async () => {
    expect((await refused(raw("%PDF-1.7\n%\uFFFD\uFFFD", { contentType: "text/html" }))).reason).toContain(
      "not text but a PDF",
    );
    expect((await refused(raw("xx", { contentType: "image/png" }))).why).toBe("binary");
    expect((await refused(raw("PK\u0003\u0004abc", { contentType: "" }))).reason).toContain("ZIP archive");
    expect((await refused(raw("\uFFFD\0\uFFFD\0abc", { contentType: "application/octet-stream" }))).why).toBe("binary");
    expect((await readable(raw("openapi: 3.1.0", { contentType: "application/vnd.oai.openapi+yaml" }))).text).toBe(
      "openapi: 3.1.0",
    );
  });

  test("empty, and empty but for its frame", async () => {
    expect((await refused(raw(" \n "))).why).toBe("empty");
    expect((await refused(raw("<html><body><nav><a href='/x'>x</a></nav><main></main></body></html>"))).why).toBe(
      "empty",
    );
  });

  test.each([1000, 500_000])("%i elements inside each other", async (count) => {
    const found = await refused(raw(`<html><body>${"<div>".repeat(count)}x`));
    expect(found.reason).toContain("nested too deeply");
  });

  test("what is laid out to cost time does not", async () => {
    const begun = performance.now();
    const mean = [
      " ".repeat(300_000),
      "<a ".repeat(100_000),
      "](".repeat(100_000),
      "#".repeat(200_000),
      "1. ".repeat(100_000),
      "*".repeat(200_000),
    ];
    for (const text of mean) {
      await pageText(raw(`<html><body><p>word</p><pre>a${text}b</pre></body></html>`));
      await pageText(raw(`x ${text} y`, { contentType: "text/markdown" }));
    }
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
