/** Sources that are what the blueprint says: nothing is refuted, and what is not confirmed says why. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AuthInput } from "../../../../src/artifacts/auth.ts";
import type { RestBlueprint as Blueprint } from "../../../../src/artifacts/blueprint.ts";
import { LIMITS } from "../../../../src/sources/http/probe/session.ts";
import type { ProbeFinding } from "../../../../src/sources/live.ts";
import { probeRest } from "../../../../src/sources/rest/probe/probe.ts";
import { simulateRest } from "../../../../src/sources/rest/simulate/simulate.ts";
import { arbitraryBlueprint } from "../../../support/arbitrary-rest.ts";
import { parseRest } from "../../../support/rest-blueprint.ts";
import { verifies } from "../../../support/verifies.ts";

async function findingsOf(blueprint: Blueprint, seed: number): Promise<{ findings: ProbeFinding[]; requests: number }> {
  const simulator = await simulateRest(blueprint, { seed });
  try {
    const { configuration } = simulator;
    const options = { configuration, signal: new AbortController().signal, onProgress: () => undefined };
    const findings: ProbeFinding[] = [];
    for await (const finding of probeRest(blueprint, options)) findings.push(finding);
    return { findings, requests: simulator.requests.length };
  } finally {
    await simulator.close();
  }
}

/** With the configuration keys that a blueprint has for them. */
const auth = fc.constantFrom<AuthInput>(
  { kind: "none" },
  { kind: "api_key", in: "query", name: "key", value: "api_key" },
  { kind: "basic", username: "username", password: "password" },
  { kind: "bearer", token: "api_token" },
  { kind: "oauth2_client_credentials", token_url: "/token", client_id: "client_id", client_secret: "client_secret" },
  { kind: "session", login_path: "/login", username: "username", password: "password" },
);

function sawRecords(findings: readonly ProbeFinding[]): boolean {
  return findings.some(({ key, verdict }) => key === "tables.top.read.records" && verdict === "confirms");
}

describe(verifies("research.probes", "a battery of probes"), () => {
  it("never refutes a source that keeps to the blueprint", { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(arbitraryBlueprint, auth, fc.nat(1000), async (drawn, way, seed) => {
      const blueprint = parseRest({ ...drawn, source: { ...drawn.source, auth: way } });
      const { findings, requests } = await findingsOf(blueprint, seed);
      const refuted = findings.filter(({ verdict }) => verdict === "refutes");
      expect(refuted.map(({ key, question, says }) => `${key}: ${question} ${says}`)).toEqual([]);
      for (const { name, read } of blueprint.tables) {
        const hidden = findings.filter(
          ({ key, question }) => key === `tables.${name}.read.path` && question === "Does the listing hide rows?",
        );
        expect(hidden, name).toHaveLength(read.parent === undefined ? 1 : 0);
      }
      for (const { verdict, exchanges, says } of findings) {
        expect(says).toMatch(/\.$/);
        if (verdict === "confirms") expect(exchanges.length).toBeGreaterThan(0);
      }
      if (sawRecords(findings)) {
        expect(findings.find(({ key }) => key === "source.auth")).toMatchObject({ verdict: "confirms" });
      }
      // And one for a token.
      expect(requests).toBeLessThanOrEqual(LIMITS.all + 1);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
