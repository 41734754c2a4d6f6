/** What a desk of research finds out about its source before a model or a battery asks it. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { specSchema } from "../../src/artifacts/spec.ts";
import { graphqlSource } from "../../src/sources/graphql/graphql.ts";
import { http } from "../../src/system/http.ts";
import { createRedactor } from "../../src/system/secrets.ts";
import { researchDesk } from "../../src/workflow/desks.ts";
import type { StepContext } from "../../src/workflow/step.ts";
import { openStore } from "../../src/workflow/store.ts";
import { graphqlBlueprint } from "../support/graphql-blueprint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";

async function deskFor(base_url: string) {
  const directory = join(await temporaryDirectory(), "example");
  const store = await openStore(directory);
  const spec = specSchema.parse({ name: "Example", source: { kind: "graphql", base_url, auth: { kind: "none" } } });
  const spec_address = join(directory, "spec.yaml");
  await store.write("requirements.json", { version: 1, name: "example", spec, spec_address });
  return researchDesk({
    store,
    services: { source: async () => graphqlSource, environment: {}, http, now: () => new Date() },
    options: {},
    redactor: createRedactor(),
    emit: () => {},
    signal: new AbortController().signal,
  } as unknown as StepContext);
}

test("a GraphQL endpoint that answers is asked, and one that does not is said to be away", async () => {
  const simulator = await graphqlSource.simulate(graphqlBlueprint(), { seed: 1 });
  onTestFinished(() => simulator.close());
  expect(await (await deskFor(simulator.baseUrl)).notAsked()).toBeUndefined();
  await simulator.close();
  expect(await (await deskFor(simulator.baseUrl)).notAsked()).toMatch(/\S/);
});
