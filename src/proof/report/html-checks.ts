/** The checks of a report: the matrix of check and table, and every result with its figures and details. */
import { CHECKS, type CheckId, type CheckResult, type Report } from "../../artifacts/report.ts";
import { duration } from "../../wording/numbers.ts";
import { asideOf, BASIS_WORDS, CHECK_WORDS } from "../../wording/standing.ts";
import { html, type Markup } from "./markup.ts";

type Look = "pass" | "fail" | "warn" | "idle";

export function checkMatrix(report: Report): Markup {
  const columns = CHECKS.filter((id) =>
    report.checks.some((result) => result.check === id && result.table !== undefined),
  );
  const named = report.checks.flatMap((result) => (result.table === undefined ? [] : [result.table]));
  const names = [...new Set([...report.tables.map((table) => table.name), ...named])];
  const rows = names.map(
    (name) => html`<tr role="row"><th scope="row" role="rowheader">${name}</th>
${columns.map((id) => html`<td role="cell" data-label="${id}${elsewhere(report, id)}">${cell(report, { id, table: name })}</td>`)}</tr>`,
  );
  return html`<section id="checks"><h2>Checks</h2>
<p class="muted">Each mark leads to what was found.</p>
${wholeChecks(report)}
${
  columns.length === 0
    ? html`<p>No check of a table ran.</p>`
    : html`<h3>Table by table</h3>
<div class="card scroll" tabindex="0" role="region" aria-label="Checks of each table"><table class="stack matrix" role="table">
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Table</th>${columns.map((id) => html`<th scope="col" role="columnheader">${id}${elsewhere(report, id)}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows}</tbody></table></div>`
}</section>`;
}

/** What is about the connector and not about one table: a mark each, those of several trials under their check's name. */
function wholeChecks(report: Report): Markup {
  const whole = report.checks.filter((result) => result.table === undefined);
  const chips = (results: readonly CheckResult[]) =>
    html`<ul class="chips">${results.map((result) => html`<li>${mark(report, result, `${result.case ?? result.check}${asideOf(report, result)}`)}</li>`)}</ul>`;
  const single = whole.filter((result) => result.case === undefined);
  const tried = CHECKS.map((id) => whole.filter((result) => result.check === id && result.case !== undefined));
  return html`${single.length === 0 ? "" : html`<h3>The connector as a whole</h3>${chips(single)}`}
${tried.map((results) => (results[0] === undefined ? "" : html`<h3>${results[0].check}<small>${CHECK_WORDS[results[0].check]}</small></h3>${chips(results)}`))}`;
}

export function checkDetails(report: Report): Markup {
  const groups = CHECKS.map((id) => [id, report.checks.filter((result) => result.check === id)] as const)
    .filter(([, results]) => results.length > 0)
    .map(
      ([id, results]) => html`<h3>${id}<small>${CHECK_WORDS[id]}${timeOf(report, id)}</small></h3>
<div class="card checks">${results.map((result) => one(report, result))}</div>`,
    );
  return html`<section id="details"><h2>What each check found</h2>
${groups.length === 0 ? html`<p>No check ran.</p>` : groups}</section>`;
}

function one(report: Report, result: CheckResult): Markup {
  const figures = Object.entries(result.figures);
  const about = `${result.severity === "blocker" ? "A blocking check" : "A check that only warns"}, made ${BASIS_WORDS[result.basis]}.`;
  return html`<details${result.verdict === "fail" ? html` open` : ""}>
<summary><span class="badge ${lookOf(result)}">${wordOf(result)}</span><span class="what"><b>${result.table ?? result.case ?? "connector"}</b> ${result.summary}</span></summary>
<div class="body" id="${idOf(report, result)}">
<p class="muted">${about}</p>
${figures.length === 0 ? "" : html`<dl class="figures">${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd>${typeof value === "number" ? value.toLocaleString("en-US") : String(value)}</dd></div>`)}</dl>`}
${result.details.length === 0 ? "" : html`<pre>${result.details.join("\n")}</pre>`}
</div></details>`;
}

function timeOf({ timings }: Report, id: CheckId): string {
  const time = timings[id];
  return time === undefined ? "" : `; took ${duration(time)}`;
}

/** Where one check has several results for a table, the worst is shown. */
function cell(report: Report, { id, table }: { id: CheckId; table: string }): Markup {
  const results = report.checks.filter((result) => result.check === id && result.table === table);
  const worst = ORDER.flatMap((look) => results.filter((result) => lookOf(result) === look))[0];
  return worst === undefined ? html`<span class="cell">not run</span>` : mark(report, worst, wordOf(worst));
}

/** Where a column of the matrix rests on something else than the report, as rows of a live one do not on a stand-in. */
function elsewhere(report: Report, id: CheckId): string {
  const asides = report.checks
    .filter(({ check, table, verdict }) => check === id && table !== undefined && verdict !== "not-applicable")
    .map((result) => asideOf(report, result));
  const [aside = ""] = asides;
  return asides.every((one) => one === aside) ? aside : "";
}

function mark(report: Report, result: CheckResult, words: string): Markup {
  const look = lookOf(result);
  const label = `${result.check}${[result.table, result.case].map((name) => (name === undefined ? "" : `, ${name}`)).join("")}: ${wordOf(result)}`;
  return html`<a class="cell ${look}" href="#${idOf(report, result)}" aria-label="${label}"><span aria-hidden="true">${SIGNS[look]}</span>${words}</a>`;
}

const ORDER: readonly Look[] = ["fail", "warn", "pass", "idle"];
const SIGNS: { readonly [L in Look]: string } = { pass: "✓", fail: "✕", warn: "!", idle: "–" };

function lookOf(result: CheckResult): Look {
  if (result.verdict === "pass") return "pass";
  if (result.verdict === "not-applicable") return "idle";
  return result.severity === "blocker" ? "fail" : "warn";
}

function wordOf(result: CheckResult): string {
  return { pass: "pass", fail: "fail", warn: "warn", idle: "n/a" }[lookOf(result)];
}

function idOf(report: Report, result: CheckResult): string {
  return `check-${report.checks.indexOf(result) + 1}`;
}
