/** The page's colours and its style sheet. Colours are data so that a test can measure their contrast. */

interface Palette {
  page: string;
  card: string;
  ink: string;
  muted: string;
  line: string;
  pass: string;
  passBack: string;
  fail: string;
  failBack: string;
  warn: string;
  warnBack: string;
  idle: string;
  idleBack: string;
  rows: string;
  requests: string;
}

export const PALETTES: { readonly light: Palette; readonly dark: Palette } = {
  light: {
    page: "#f6f4ef",
    card: "#ffffff",
    ink: "#1c2024",
    muted: "#5a6168",
    line: "#d9d5cb",
    pass: "#14603d",
    passBack: "#dff1e6",
    fail: "#9b1c1c",
    failBack: "#fbe3e1",
    warn: "#6f4a00",
    warnBack: "#faedcb",
    idle: "#565d64",
    idleBack: "#ebe8e0",
    rows: "#1d5a9e",
    requests: "#8a4a0b",
  },
  dark: {
    page: "#131619",
    card: "#1b1f23",
    ink: "#e9e7e2",
    muted: "#a6aeb5",
    line: "#353b41",
    pass: "#7ed9a9",
    passBack: "#163524",
    fail: "#ff9b94",
    failBack: "#451a19",
    warn: "#f0c565",
    warnBack: "#3b2d0c",
    idle: "#a6aeb5",
    idleBack: "#272c31",
    rows: "#7fb6f2",
    requests: "#e8a661",
  },
};

export function styleSheet(): string {
  return `:root{color-scheme:light dark;${variables(PALETTES.light)}}
@media (prefers-color-scheme:dark){:root{${variables(PALETTES.dark)}}}
${SHEET}
@media print{:root{color-scheme:light;${variables(PALETTES.light)}}${PRINT}}`;
}

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, value]) => `--${name}:${value}`)
    .join(";");
}

const SHEET = `*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
a{color:inherit;text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--rows);outline-offset:2px;border-radius:4px}
code,pre{font:0.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
h1{font-size:clamp(1.6rem,1.1rem + 2.4vw,2.5rem);line-height:1.15;margin:0;letter-spacing:-.015em}
h2{font-size:1.2rem;margin:0 0 .25rem;letter-spacing:-.005em}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
h3 small{font-weight:400;font-size:.9rem;color:var(--muted);display:block}
p{margin:0 0 .75rem;max-width:46rem}
.muted{color:var(--muted)}
.skip{position:absolute;left:-100rem}
.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:1}
section{padding:1.75rem 0 0}
.verdict{display:grid;grid-template-columns:auto 1fr;gap:1rem 1.25rem;align-items:center;margin-top:1.25rem;padding:1.5rem;border-radius:14px;background:var(--passBack);color:var(--pass)}
.verdict.red{background:var(--failBack);color:var(--fail)}
.verdict svg{width:clamp(2.75rem,8vw,4.25rem);height:auto;display:block}
.verdict p{margin:.35rem 0 0;color:var(--ink)}
.over{font-size:.85rem;color:var(--muted);margin:0}
.facts{display:flex;flex-wrap:wrap;gap:1px;margin:1rem 0 0;background:var(--line);border:1px solid var(--line);border-radius:12px;overflow:hidden}
.facts div{flex:1 1 8.2rem;background:var(--card);padding:.75rem 1rem}
.facts dt{font-size:.8rem;color:var(--muted)}
.facts dd{margin:0;overflow-wrap:normal;font-size:1.25rem;font-weight:650;line-height:1.3}
.whole{white-space:nowrap}
.facts dd small{font-size:.85rem;font-weight:400;color:var(--muted)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:1rem 0 0;padding:0;font-size:.95rem}
nav a{display:inline-block;padding:.3rem 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px}
.list{margin:.75rem 0 0;padding:.25rem 1.25rem;list-style:none}
.list li{padding:.6rem 0;border-top:1px solid var(--line)}
.list li:first-child{border-top:0}
.list p{margin:0}
.badge{display:inline-block;padding:.1rem .6rem;border-radius:99px;font-size:.85rem;font-weight:600;white-space:nowrap}
.pass{color:var(--pass);background:var(--passBack)}
.fail{color:var(--fail);background:var(--failBack)}
.warn{color:var(--warn);background:var(--warnBack)}
.idle{color:var(--idle);background:var(--idleBack)}
.wrap{white-space:normal;border-radius:10px}
table{overflow-wrap:break-word;border-collapse:separate;border-spacing:0;width:100%;font-size:.95rem}
.scroll{overflow-x:auto;margin-top:.75rem}
th,td{text-align:left;padding:.6rem .75rem;border-top:1px solid var(--line);vertical-align:middle}
thead th{border-top:0;font-size:.82rem;font-weight:600;color:var(--muted);vertical-align:bottom}
tbody th{font-weight:600}
.number{text-align:right}
.cell{display:flex;align-items:center;gap:.35rem;min-height:2rem;padding:.1rem .55rem;border-radius:8px;font-size:.85rem;font-weight:600;text-decoration:none;white-space:nowrap;width:max-content}
a.cell:hover{text-decoration:underline}
.chips{display:flex;flex-wrap:wrap;gap:.5rem;margin:.75rem 0 0;padding:0;list-style:none}
.matrix td,.matrix th{padding:.4rem .5rem}
tr>:first-child,.matrix tr>:first-child{padding-left:1.25rem}
tr>:last-child{padding-right:1.25rem}
span.cell{color:var(--muted);font-weight:400}
details{border-top:1px solid var(--line)}
details:first-of-type{border-top:0}
summary{cursor:pointer;display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:center;padding:.65rem 1.25rem}
summary::marker{content:""}
summary::-webkit-details-marker{display:none}
summary::before{content:"";flex:none;width:.45rem;height:.45rem;border:solid var(--muted);border-width:0 2px 2px 0;transform:rotate(-45deg)}
details[open]>summary::before{transform:rotate(45deg)}
summary .what{flex:1 1 16rem;min-width:0}
.body{padding:0 1.25rem 1rem 2.4rem;scroll-margin-top:5rem}
.figures{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:0 0 .75rem;font-size:.9rem}
.figures div{display:flex;gap:.4rem}
.figures dt{color:var(--muted)}
.figures dd{margin:0;font-weight:600}
pre{margin:.25rem 0 0;padding:.75rem 1rem;background:var(--page);border:1px solid var(--line);border-radius:8px;white-space:pre-wrap}
.syncs{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,32rem),1fr));gap:1rem;margin-top:.75rem}
.sync{padding:1rem 1.25rem}
.sync p{margin:.5rem 0 .25rem}
.sync .figures{margin:.25rem 0}
.sync h3{margin:0;display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:center}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,14rem),1fr));gap:.75rem 1.5rem;margin:.75rem 0}
.chart{width:100%;height:auto;display:block;overflow:visible}
.chart .figure{font-size:17px;font-weight:650;fill:currentColor}
.chart .unit,.chart .label{font-size:12px;font-weight:400;fill:var(--muted)}
.chart .axis{stroke:var(--line)}
.chart .line{fill:none;stroke-width:2;stroke-linejoin:round}
.chart .area{opacity:.14}
.chart .broken{stroke:var(--fail);stroke-width:2.5;stroke-linecap:round}
.rows .line{stroke:var(--rows)}.rows .area,.rows .end{fill:var(--rows)}
.requests .line{stroke:var(--requests)}.requests .area,.requests .end{fill:var(--requests)}
footer{padding-top:2rem;padding-bottom:2.5rem;font-size:.9rem;color:var(--muted)}
@media (max-width:46rem){
main,header,footer{padding-left:1rem;padding-right:1rem}
.verdict{padding:1.1rem;gap:.75rem 1rem}
.stack,.stack tbody,.stack tr,.stack th,.stack td{display:block;width:auto}
.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stack tr{padding:.75rem 1rem;border-top:1px solid var(--line)}
.stack tr:first-child{border-top:0}
.stack tr>th,.stack tr>td,.matrix tr>th:first-child,.stack tr>:last-child{border:0;padding:.15rem 0}
.stack td{display:grid;grid-template-columns:9.5rem 1fr;gap:.5rem;align-items:center;text-align:left}
.stack td::before{content:attr(data-label);overflow-wrap:normal;color:var(--muted);font-size:.85rem}
.stack.matrix tr{display:grid;grid-template-columns:1fr 1fr;gap:.1rem 1rem}
.stack.matrix tr>th{grid-column:1/-1}
.stack.matrix td{grid-template-columns:1fr auto}
.stack.matrix .cell{padding-left:.4rem;padding-right:.4rem}
summary,.list,.sync{padding-left:1rem;padding-right:1rem}
.body{padding-left:1rem;padding-right:1rem}
}`;

const PRINT = `
body{background:#fff;font-size:10pt}
nav,.skip{display:none}
main,header,footer{max-width:none;padding:0}
.verdict,.badge,.cell,.chart{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.card,.verdict,tr,li,.sync{break-inside:avoid}
.checks.card{break-inside:auto}
h2,h3{break-after:avoid}
details::details-content{content-visibility:visible;block-size:auto;height:auto}
details>.body{display:block}
summary::before{display:none}`;
