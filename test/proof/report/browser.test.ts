/// <reference lib="dom" />
/** The page as people open it: a file, in Debian's Chromium, on a phone and on a desk, by keyboard, on paper. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../../src/artifacts/report.ts";
import { reportHtml } from "../../../src/proof/report/html.ts";
import { reportFixture } from "../../support/reports.ts";
import { temporaryDirectory } from "../../support/run-cli.ts";
import { verifies } from "../../support/verifies.ts";

const CHROMIUM = "/usr/bin/chromium";
/** `.ci/servers` installs it; without it there is nothing to open the page with. */
const there = existsSync(CHROMIUM);

describe.skipIf(!there)("the page in a browser (skipped where Chromium is not installed)", () => {
  let browser: Browser;
  let directory: string;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    // As root, which tests in a container are, Chromium's own sandbox does not start.
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  });
  afterAll(() => browser?.close());

  /** The page of a report, with what the browser complained of or asked for besides. */
  async function open(report: Report, viewport: { width: number; height: number }) {
    const path = join(directory, `${report.connector}-${viewport.width}.html`);
    await writeFile(path, reportHtml(report));
    const page = await browser.newPage({ viewport });
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(pathToFileURL(path).href)) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(path).href);
    return { page, complaints };
  }

  it(verifies("proof.report", "renders without a complaint and asks for nothing else"), async () => {
    for (const name of ["green", "red"] as const) {
      const { page, complaints } = await open(withFaults(reportFixture(name)), { width: 1280, height: 900 });
      expect(complaints).toEqual([]);
      expect(await page.locator("h1").innerText()).toContain(name === "green" ? "is green" : "is not green");
      expect(await page.locator("svg.chart").count()).toBeGreaterThan(0);
      await page.close();
    }
  });

  it(verifies("proof.report", "is readable at 390 pixels: nothing sticks out, no text is tiny"), async () => {
    const { page } = await open(withFaults(reportFixture("red")), { width: 390, height: 844 });
    const seen = await page.evaluate(() => ({
      width: document.documentElement.scrollWidth,
      // SVG text has a size of its own drawing.
      tiny: [...document.querySelectorAll("body *")]
        .filter(
          (one) =>
            [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()) &&
            one.closest("svg") === null &&
            Number.parseFloat(getComputedStyle(one).fontSize) < 12,
        )
        .map((one) => one.outerHTML.slice(0, 80)),
    }));
    expect(seen.width).toBeLessThanOrEqual(390);
    expect(seen.tiny).toEqual([]);
    await page.close();
  });

  it(
    verifies("proof.report", "is reached by keyboard: the skip link first, every link and detail after it"),
    async () => {
      const { page } = await open(withFaults(reportFixture("green")), { width: 1000, height: 800 });
      const wanted = await page.locator("a[href], summary").count();
      const order: string[] = [];
      for (let step = 0; step < wanted + 5; step += 1) {
        await page.keyboard.press("Tab");
        const focused = await focusOf(page);
        if (focused === "" || order.includes(focused)) break;
        order.push(focused);
      }
      expect(order[0]).toContain("Skip to the tables");
      expect(order.filter((one) => !one.startsWith("DIV"))).toHaveLength(wanted);
      // A mark leads to its detail, which opens by Enter.
      const detail = page.locator("summary").first();
      await detail.focus();
      const before = await page.locator("details[open]").count();
      await page.keyboard.press("Enter");
      expect(await page.locator("details[open]").count()).toBe(before + 1);
      await page.close();
    },
  );

  it(
    verifies("proof.report", "a fault that cost rows is seen where the faults are, and leads to what was found"),
    async () => {
      const { page } = await open(withFaults(reportFixture("red")), { width: 1280, height: 900 });
      const mark = page.getByRole("link", { name: "faults, reset-in-body: fail" });
      expect(await mark.innerText()).toContain("reset-in-body");
      await mark.click();
      const id = new URL(page.url()).hash.slice(1);
      expect(await page.locator(`[id="${id}"]`).isVisible()).toBe(true);
      await page.close();
    },
  );
});

/** What is focused, told apart by its place. */
function focusOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const one = document.activeElement;
    if (one === null || one === document.body) return "";
    const place = [...document.querySelectorAll("*")].indexOf(one);
    return `${one.tagName} ${place} ${one.textContent?.trim().slice(0, 30)}`;
  });
}

function withFaults(report: Report): Report {
  const fault = { check: "faults", severity: "blocker", basis: "simulated" } as const;
  return {
    ...report,
    timings: { "initial-sync": 900, faults: 14_200 },
    checks: [
      ...report.checks,
      {
        ...fault,
        case: "429-seconds",
        verdict: "pass",
        summary: "the source answers 429 with Retry-After: 7: waited for, and every row came",
        figures: { struck: 3, requests: 45, clean: 42 },
        details: [],
      },
      {
        ...fault,
        case: "reset-in-body",
        verdict: report.green ? "pass" : "fail",
        summary: "the connection breaks in the middle of an answer",
        figures: { struck: 3, requests: 45, clean: 42 },
        details: [],
      },
    ],
  };
}
