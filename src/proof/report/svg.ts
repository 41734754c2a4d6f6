/** One small chart: a running total over the time of a sync, as inline SVG with its meaning in words. */
import { count, duration } from "../../wording/numbers.ts";
import { html, type Markup } from "./markup.ts";

type Point = readonly [milliseconds: number, total: number];

export interface ChartInput {
  /** Unique in the page. */
  id: string;
  /** `rows` or `requests`: the word under the figure, and the class that colours it. */
  unit: "rows" | "requests";
  /** In order of time. */
  points: readonly Point[];
  /** How long the sync took: the right end of the axis. */
  milliseconds: number;
  failed: boolean;
}

const WIDTH = 280;
const HEIGHT = 132;
const LEFT = 1;
const RIGHT = 276;
const TOP = 30;
const BOTTOM = 108;
/** More points than this cannot be told apart at this width. */
const MAX_POINTS = 160;

/** Without points it is an empty axis. */
export function chart(input: ChartInput): Markup {
  const points = sampled(input.points);
  const total = points.reduce((most, [, value]) => Math.max(most, value), 0);
  const span = Math.max(input.milliseconds, points.at(-1)?.[0] ?? 0, 1);
  return html`<svg class="chart ${input.unit}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${input.id}">
<title id="${input.id}">${count(total)} ${input.unit} over ${duration(span)}${input.failed ? ", then it failed" : ""}</title>
<text class="figure" x="${LEFT}" y="18">${count(total)} <tspan class="unit">${input.unit}</tspan></text>
<line class="axis" x1="${LEFT}" y1="${BOTTOM}" x2="${RIGHT}" y2="${BOTTOM}"/>
${curve(points, { total, span, failed: input.failed })}
<text class="label" x="${LEFT}" y="${HEIGHT - 8}">0</text>
<text class="label" x="${RIGHT}" y="${HEIGHT - 8}" text-anchor="end">${duration(span)}</text>
</svg>`;
}

/** Steps, not slopes: a total stays as it is until the next request or page. */
function curve(
  points: readonly Point[],
  { total, span, failed }: { total: number; span: number; failed: boolean },
): Markup {
  const x = (time: number) => round(LEFT + ((RIGHT - LEFT) * Math.max(0, time)) / span);
  const y = (value: number) => round(BOTTOM - ((BOTTOM - TOP) * Math.max(0, value)) / Math.max(total, 1));
  const [first = [0, 0] as const, ...rest] = points;
  const last = points.at(-1) ?? first;
  const line = `M${x(first[0])} ${y(first[1])}${rest.map(([time, value]) => `H${x(time)}V${y(value)}`).join("")}`;
  const end = { x: x(last[0]), y: y(last[1]) };
  return html`<path class="area" d="${line}V${BOTTOM}H${x(first[0])}Z"/>
<path class="line" d="${line}"/>
${failed ? html`<path class="broken" d="M${round(end.x - 5)} ${round(end.y - 5)}l10 10m0 -10l-10 10"/>` : html`<circle class="end" cx="${end.x}" cy="${end.y}" r="3.5"/>`}`;
}

/** Every so many points, the last always among them. */
function sampled(points: readonly Point[]): Point[] {
  const every = Math.ceil(points.length / MAX_POINTS);
  return points.filter((_, index) => index % Math.max(every, 1) === 0 || index === points.length - 1);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
