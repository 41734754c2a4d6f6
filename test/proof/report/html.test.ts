import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Report } from "../../../src/artifacts/report.ts";
import { reportHtml } from "../../../src/proof/report/html.ts";
import { escapeHtml } from "../../../src/proof/report/markup.ts";
import { PALETTES } from "../../../src/proof/report/style.ts";
import { liveReportFixture, reportFixture } from "../../support/reports.ts";

const VOID = new Set(["meta", "link", "br", "hr", "img", "input", "!doctype"]);

describe("the page", () => {
  test.each([
    ["green", "Green: lantern_desk", "lantern_desk is green"],
    ["red", "Not green: lantern_desk", "lantern_desk is not green"],
  ] as const)("%s: the verdict is in the title and in the first heading", (name, title, heading) => {
    const page = reportHtml(reportFixture(name));
    expect(page.slice(0, 200)).toContain(`<title>${title}`);
    expect(/<h1>(.*?)<\/h1>/.exec(page)?.[1]).toBe(heading);
    expect(page.indexOf("<h1>")).toBeLessThan(page.indexOf("<h2>"));
  });

  test("a red page says why before anything else and opens only what failed", () => {
    const report = reportFixture("red");
    const page = reportHtml(report);
    const headings = [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map((found) => found[1]);
    expect(headings[0]).toBe("Why it is not green");
    for (const blocker of report.blockers) expect(page).toContain(`<li>${escapeHtml(blocker)}</li>`);
    expect(page.match(/<details open>/g)).toHaveLength(3);
    expect(page.match(/<details/g)).toHaveLength(report.checks.length);
    expect(reportHtml(reportFixture("green"))).not.toContain("<details open>");
  });

  test("a failed table is never shown as proven, whatever its label of trust says", () => {
    const row = /<tr role="row"><th scope="row" role="rowheader">tickets<\/th>[\s\S]*?<\/tr>/.exec(
      reportHtml(reportFixture("red")),
    )?.[0];
    expect(row).toContain("not proven: changes failed");
    expect(row).toContain('class="badge wrap fail"');
  });

  test.each(["green", "red"] as const)("%s: every element is closed, ids are unique, links lead somewhere", (name) => {
    const page = reportHtml(reportFixture(name));
    expect(unbalanced(page)).toEqual([]);
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map((found) => found[1]);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...page.matchAll(/href="([^"]*)"/g)].map((found) => found[1] ?? "");
    expect(targets.length).toBeGreaterThan(10);
    for (const target of targets) expect(ids).toContain(target.replace(/^#/, ""));
    for (const named of page.matchAll(/aria-labelledby="([^"]+)"/g)) expect(ids).toContain(named[1]);
  });

  test("what a probe overruled has a tile, a link and a section of its own, before what is unproven", () => {
    const report = liveReportFixture();
    const page = reportHtml(report);
    const part = (id: string) => new RegExp(`<section id="${id}">[\\s\\S]*?</section>`).exec(page)?.[0] ?? "";
    expect(page).toContain("<dt>Docs overruled</dt><dd>2</dd>");
    expect(page).toContain(`<dt>Facts unproven</dt><dd>${report.unproven.length}</dd>`);
    expect(page).toContain('href="#overruled"');
    expect(page.indexOf('id="overruled"')).toBeLessThan(page.indexOf('id="unproven"'));
    expect(part("overruled")).toContain("The source was followed.");
    expect(part("overruled")).toContain("<code>tables.tickets.advance</code> https://docs");
    expect(part("unproven")).not.toContain("tables.tickets.advance");
    expect(unbalanced(page)).toEqual([]);
    expect(reportHtml(reportFixture("green"))).not.toContain("overruled");
  });

  test("a live page says which checks ran on a stand-in", () => {
    const page = reportHtml(liveReportFixture());
    expect(/<h1>[\s\S]*?<\/p>/.exec(page)?.[0]).toContain("refusals were tried on a simulated one.");
    expect(page).toContain("</span>refusal (simulated)</a>");
    expect(page).toContain('data-label="changes (simulated)"');
    expect(page).toContain('role="columnheader">changes (simulated)</th>');
    expect(page).toContain('role="columnheader">keys</th>');
  });

  test("nothing is loaded and nothing runs", () => {
    const page = reportHtml(reportFixture("red"));
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<iframe|<img|<link|\ssrc=|url\(|@import|https?:\/\//i);
  });

  test("without syncs, checks or findings each section says so", () => {
    const page = reportHtml({
      ...reportFixture("green"),
      syncs: [],
      checks: [],
      findings: [],
      unproven: [],
      tables: [],
    });
    expect(unbalanced(page)).toEqual([]);
    for (const words of ["No sync was run.", "No check ran.", "None: no rule", "Nothing: every fact"]) {
      expect(page).toContain(words);
    }
  });
});

describe("charts", () => {
  test("each timeline becomes two, the failed sync ends in a cross, an empty one in words", () => {
    const page = reportHtml(reportFixture("red"));
    expect(page.match(/<svg class="chart rows"/g)).toHaveLength(3);
    expect(page.match(/class="broken"/g)).toHaveLength(2);
    expect(page).toContain("Nothing was recorded over time.");
  });

  test("any timeline stays inside its frame and keeps its last total", () => {
    const point = fc.tuple(
      fc.integer({ min: 0, max: 1e7 }),
      fc.integer({ min: 0, max: 1e9 }),
      fc.integer({ min: 0, max: 1e9 }),
    );
    fc.assert(
      fc.property(
        fc.array(point, { minLength: 1, maxLength: 800 }),
        fc.integer({ min: 0, max: 1e7 }),
        (timeline, milliseconds) => {
          timeline.sort((a, b) => a[0] - b[0]);
          const report = reportFixture("green");
          const [sync] = report.syncs;
          if (sync === undefined) throw new Error("the fixture has no sync");
          const page = reportHtml({ ...report, syncs: [{ ...sync, milliseconds, timeline }] });
          const lines = [...page.matchAll(/class="line" d="([^"]+)"/g)].map((found) => found[1] ?? "");
          expect(lines).toHaveLength(2);
          for (const line of lines) {
            expect(line).toMatch(/^M[\d.]+ [\d.]+(H[\d.]+V[\d.]+)*$/);
            for (const [, x] of line.matchAll(/[MH]([\d.]+)/g)) expect(Number(x)).toBeLessThanOrEqual(280);
            for (const [, y] of line.matchAll(/V([\d.]+)/g)) expect(Number(y)).toBeLessThanOrEqual(108);
            expect(line.match(/H/g)?.length ?? 0).toBeLessThanOrEqual(161);
          }
          const highest = Math.max(...timeline.map(([, , rows]) => rows)).toLocaleString("en-US");
          if (timeline.length <= 160) expect(page).toContain(`>${highest} <tspan class="unit">rows`);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("escaping", () => {
  const HOSTILE = `"><script>alert('x')</script><a href="javascript:1">&lt;\u0000`;

  test("no text of a report becomes markup", () => {
    const page = reportHtml(poisoned(reportFixture("red"), HOSTILE));
    expect(page).not.toMatch(/<script|<a href="javascript/i);
    expect(page).not.toContain("\u0000");
    expect(unbalanced(page)).toEqual([]);
    expect(page).toContain("&lt;script&gt;");
    expect(page).toContain("&amp;lt;");
  });

  test("the same elements come out whatever the texts are", () => {
    const shape = (text: string) => elements(reportHtml(poisoned(reportFixture("red"), text))).join(" ");
    const plain = shape("x");
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[<>"'&/=! a-z-]*$/)), (text) => {
        expect(shape(text)).toBe(plain);
      }),
      { numRuns: 60 },
    );
  });
});

describe("colours", () => {
  test.each(["light", "dark"] as const)("%s: text has a contrast of at least 4.5 on what it stands on", (name) => {
    const p = PALETTES[name];
    const pairs: [string, string][] = [
      [p.ink, p.page],
      [p.ink, p.card],
      [p.ink, p.passBack],
      [p.ink, p.failBack],
      [p.muted, p.page],
      [p.muted, p.card],
      [p.pass, p.passBack],
      [p.fail, p.failBack],
      [p.warn, p.warnBack],
      [p.idle, p.idleBack],
    ];
    for (const [front, back] of pairs) expect(contrast(front, back), `${front} on ${back}`).toBeGreaterThanOrEqual(4.5);
    for (const line of [p.rows, p.requests]) expect(contrast(line, p.card)).toBeGreaterThanOrEqual(3);
  });
});

/** Every free text of a report replaced; what has a fixed form (names of checks, hashes, times) is left. */
function poisoned(report: Report, text: string): Report {
  return {
    ...report,
    connector: text,
    basis_reason: text,
    code_hash: text,
    blockers: [text],
    unproven: [text],
    overruled: [text],
    tables: report.tables.map((table, index) => ({ ...table, name: index === 0 ? text : table.name })),
    checks: report.checks.map((result, index) => ({
      ...result,
      ...(index === 1 ? { table: "tickets" } : {}),
      summary: text,
      details: [text],
      figures: { a: text },
    })),
    findings: report.findings.map((finding) => ({
      ...finding,
      file: text,
      rule: text,
      message: text,
      why: text,
      mend: text,
    })),
    syncs: report.syncs.map((sync) => ({ ...sync, name: text, reason: text, rows: { a: 1 } })),
  };
}

function elements(page: string): string[] {
  return [...page.matchAll(/<(\/?[a-z!][a-z0-9]*)/gi)].map((found) => (found[1] ?? "").toLowerCase());
}

/** Elements opened and not closed, or closed and not opened. Self-closed SVG shapes count as closed. */
function unbalanced(page: string): string[] {
  const body = page.replace(/<style>[\s\S]*?<\/style>/, "").replace(/<[a-z]+[^<>]*\/>/g, "");
  const open: string[] = [];
  for (const name of elements(body)) {
    if (VOID.has(name)) continue;
    if (!name.startsWith("/")) open.push(name);
    else if (open.pop() !== name.slice(1)) return [name];
  }
  return open;
}

function contrast(front: string, back: string): number {
  const [a, b] = [luminance(front), luminance(back)].sort((x, y) => y - x);
  return ((a ?? 0) + 0.05) / ((b ?? 0) + 0.05);
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
