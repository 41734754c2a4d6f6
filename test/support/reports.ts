/** The hand-made report fixtures, parsed by their schemas: a help desk with one green and one red round. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Blueprint, blueprintSchema } from "../../src/artifacts/blueprint.ts";
import { type Evidence, evidenceSchema } from "../../src/artifacts/evidence.ts";
import { type Report, reportSchema } from "../../src/artifacts/report.ts";

export function blueprintFixture(): Blueprint {
  return blueprintSchema.parse(load("blueprint"));
}

export function evidenceFixture(): Evidence[] {
  return z.array(evidenceSchema).parse(load("evidence"));
}

export function reportFixture(name: "green" | "red"): Report {
  return reportSchema.parse(load(name));
}

function load(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/reports/${name}.json`, import.meta.url), "utf8"));
}
