/** What happened while the connector ran, and what was found in its code. */

import type { Report, SyncSummary } from "../../artifacts/report.ts";
import { count, counted, duration } from "../../wording/numbers.ts";
import { html, type Markup } from "./markup.ts";
import { chart } from "./svg.ts";

export function syncs(report: Report): Markup {
  const body =
    report.syncs.length === 0
      ? html`<p>No sync was run.</p>`
      : html`<div class="syncs">${report.syncs.map((sync, index) => one(sync, `sync-${index + 1}`))}</div>`;
  return html`<section id="syncs"><h2>Requests and rows over time</h2>${body}</section>`;
}

export function findings(report: Report): Markup {
  const order = [...report.findings].sort(
    (a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"),
  );
  const body =
    order.length === 0
      ? html`<p>None: no rule for connector code is broken.</p>`
      : html`<ul class="list card">${order.map(
          (
            found,
          ) => html`<li><p><span class="badge ${found.severity === "blocker" ? "fail" : "warn"}">${found.severity}</span> <code>${found.file}${found.line > 0 ? `:${found.line}` : ""}</code> <code>${found.rule}</code></p>
<p><b>${found.message}</b> ${found.why}</p><p class="muted">${found.mend}</p></li>`,
        )}</ul>`;
  return html`<section id="findings"><h2>Findings in the code</h2>${body}</section>`;
}

function one(sync: SyncSummary, id: string): Markup {
  const failed = sync.status === "failed";
  const { upserts, updates, deletes, truncates, checkpoints, schemaChanges } = sync.operations;
  const figures: [string, number][] = [
    ["upserts", upserts],
    ["updates", updates],
    ["deletes", deletes],
    ["truncates", truncates],
    ["schema changes", schemaChanges],
    ["checkpoints", checkpoints],
  ];
  const rows = Object.entries(sync.rows);
  return html`<article class="card sync"><h3>${sync.name} <span class="badge ${failed ? "fail" : "pass"}">${sync.status}</span></h3>
${sync.reason === undefined ? "" : html`<p>${sync.reason}</p>`}
${charts(sync, id)}
<p class="muted">${counted(sync.requests, "request")} in ${duration(sync.milliseconds)}.</p>
<dl class="figures">${figures.filter(([, value]) => value > 0).map(([name, value]) => html`<div><dt>${name}</dt><dd>${count(value)}</dd></div>`)}</dl>
${rows.length === 0 ? "" : html`<dl class="figures">${rows.map(([table, sent]) => html`<div><dt>${table}</dt><dd>${counted(sent, "row")}</dd></div>`)}</dl>`}
</article>`;
}

function charts(sync: SyncSummary, id: string): Markup {
  if (sync.timeline.length === 0) return html`<p class="muted">Nothing was recorded over time.</p>`;
  const over = { milliseconds: sync.milliseconds, failed: sync.status === "failed" };
  const rows = sync.timeline.map(([time, , total]) => [time, total] as const);
  const requests = sync.timeline.map(([time, total]) => [time, total] as const);
  return html`<div class="charts">
${chart({ ...over, id: `${id}-rows`, unit: "rows", points: rows })}
${chart({ ...over, id: `${id}-requests`, unit: "requests", points: requests })}
</div>`;
}
