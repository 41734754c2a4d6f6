/**
 * The proof report as one static page: no script, nothing loaded from elsewhere, readable on a phone and on paper.
 * What a reader needs first comes first: the verdict, then what it covers, then how it was found.
 */

import type { Report } from "../../artifacts/report.ts";
import { count, counted, duration, moment } from "../../wording/numbers.ts";
import { OVERRULED, standingOf, verdictOf } from "../../wording/standing.ts";
import { checkDetails, checkMatrix } from "./html-checks.ts";
import { findings, syncs } from "./html-runs.ts";
import { html, type Markup } from "./markup.ts";
import { styleSheet } from "./style.ts";

/** A whole document. Every text of the report is escaped. */
export function reportHtml(report: Report): string {
  const verdict = report.green ? "Green" : "Not green";
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${verdict}: ${report.connector}, proof report</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="robots" content="noindex">
<style>${{ markup: styleSheet() }}</style>
</head>
<body>
<a class="skip" href="#tables">Skip to the tables</a>
<header>
${head(report)}
</header>
<main>
${blockers(report)}
${tables(report)}
${checkMatrix(report)}
${syncs(report)}
${overruled(report)}
${leftOut(report)}
${unproven(report)}
${findings(report)}
${checkDetails(report)}
</main>
<footer>
<p>Written by the harness, which the connector's author cannot touch. It is of the code with the hash <code>${report.code_hash}</code> and of no other.</p>
</footer>
</body>
</html>
`;
  return page.markup;
}

function head(report: Report): Markup {
  return html`<div class="verdict ${report.green ? "green" : "red"}">
${report.green ? TICK : CROSS}
<div>
<h1>${report.connector} is ${report.green ? "green" : "not green"}</h1>
<p>${verdictWords(report)} ${report.basis_reason}</p>
</div>
</div>
${figures(report)}
<nav aria-label="Sections"><ul>
${links(report).map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
</ul></nav>`;
}

/** The verdict as a sentence of its own: the heading has said whether it is green. */
function verdictWords(report: Report): string {
  const words = verdictOf(report).replace(/^(Not green|Green): /, "");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function figures(report: Report): Markup {
  const proven = report.tables.filter((table) => standingOf(report, table.name).proven).length;
  const applicable = report.checks.filter((result) => result.verdict !== "not-applicable");
  const passed = applicable.filter((result) => result.verdict === "pass").length;
  const [day = "", hour = ""] = moment(report.time).split(/ (.*)/);
  const facts: [string, Markup][] = [
    ["Tables proven", html`${count(proven)} <small>of ${count(report.tables.length)}</small>`],
    ["Checks passed", html`${count(passed)} <small>of ${count(applicable.length)}</small>`],
    ["Rests on", html`${report.basis}`],
    ...(report.overruled.length > 0
      ? ([["Docs overruled", html`${count(report.overruled.length)}`]] as [string, Markup][])
      : []),
    ["Facts unproven", html`${count(report.unproven.length)}`],
    ["Took", html`${duration(report.milliseconds)}`],
    ["Round", html`${report.round} <small>${report.target}</small>`],
    ["Tested on", html`<span class="whole">${day}</span> <small>${hour}</small>`],
  ];
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function links(report: Report): [string, string][] {
  return [
    ...(report.blockers.length > 0 ? ([["blockers", "Blockers"]] as [string, string][]) : []),
    ["tables", "Tables"],
    ["checks", "Checks"],
    ["syncs", "Syncs"],
    ...(report.overruled.length > 0 ? ([["overruled", "Differences"]] as [string, string][]) : []),
    ...(report.left_out.length > 0 ? ([["left-out", "Left out"]] as [string, string][]) : []),
    ["unproven", "Unproven"],
    ["findings", "Findings"],
    ["details", "Details"],
  ];
}

function blockers(report: Report): Markup {
  if (report.blockers.length === 0) return html``;
  return html`<section id="blockers"><h2>Why it is not green</h2>
<ul class="list card">${report.blockers.map((blocker) => html`<li>${blocker}</li>`)}</ul></section>`;
}

function tables(report: Report): Markup {
  const rows = report.tables.map((table) => {
    const standing = standingOf(report, table.name);
    const look = standing.proven
      ? standing.warned.length > 0
        ? "warn"
        : "pass"
      : standing.failed.length > 0
        ? "fail"
        : "idle";
    return html`<tr role="row"><th scope="row" role="rowheader">${table.name}</th>
<td role="cell" data-label="Trust"><span class="badge wrap ${look}">${standing.words}</span></td>
<td role="cell" class="number" data-label="Rows">${count(table.rows)}</td>
<td role="cell" class="number" data-label="Checks passed">${count(table.passed)}</td>
<td role="cell" class="number" data-label="Checks failed">${count(table.failed)}</td></tr>`;
  });
  const columns: [string, string][] = [
    ["Table", ""],
    ["Trust", ""],
    ["Rows", "number"],
    ["Checks passed", "number"],
    ["Checks failed", "number"],
  ];
  return html`<section id="tables"><h2>How far each table can be trusted</h2>
<p class="muted">A table is proven when no blocking check of it failed; the words say on what the proof of its rows rests, and the weakest of those checks counts.</p>
<div class="card scroll"><table class="stack" role="table">
<thead role="rowgroup"><tr role="row">${columns.map(([title, look]) => html`<th scope="col" role="columnheader" class="${look}">${title}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows}</tbody></table></div></section>`;
}

function overruled(report: Report): Markup {
  if (report.overruled.length === 0) return html``;
  return html`<section id="overruled"><h2>${OVERRULED.title}</h2>
<p class="muted">${counted(report.overruled.length, "fact")}. ${OVERRULED.words}</p>
${claims(report.overruled)}</section>`;
}

/** The field that a claim is about stands out: a long list is looked through by it. */
function claims(all: readonly string[]): Markup {
  const items = all.map((claim) => {
    const [, field, rest] = /^((?:source|tables)\.[^:\s]+): (.*)$/s.exec(claim) ?? [];
    return field === undefined || rest === undefined
      ? html`<li>${claim}</li>`
      : html`<li><code>${field}</code> ${rest}</li>`;
  });
  return html`<ul class="list card">${items}</ul>`;
}

function leftOut(report: Report): Markup {
  if (report.left_out.length === 0) return html``;
  return html`<section id="left-out"><h2>What is left out</h2><p class="muted">At the source, and not synced.</p>
${claims(report.left_out)}</section>`;
}

function unproven(report: Report): Markup {
  const body =
    report.unproven.length === 0
      ? html`<p>Nothing: every fact that the connector rests on is documented, probed or checked.</p>`
      : html`<p class="muted">${counted(report.unproven.length, "fact")} that the connector rests on and that nothing settles: no page, probe or check supports them, or sources disagree.</p>
${claims(report.unproven)}`;
  return html`<section id="unproven"><h2>What is unproven</h2>${body}</section>`;
}

const TICK: Markup = {
  markup:
    '<svg viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22" fill="none" stroke="currentColor" stroke-width="3"/><path d="M14 25l7 7 13-15" fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>',
};
const CROSS: Markup = {
  markup:
    '<svg viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22" fill="none" stroke="currentColor" stroke-width="3"/><path d="M16 16l16 16m0-16L16 32" fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round"/></svg>',
};
