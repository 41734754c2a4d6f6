/** `npm run schema`: writes the JSON Schemas of the spec and of the events where they are published. */
import { writeFileSync } from "node:fs";
import { eventsJsonSchema } from "../../src/workflow/events-schema.ts";
import { specJsonSchema } from "../../src/workflow/spec-file.ts";

const published = {
  "artifacts/spec.schema.json": specJsonSchema(),
  "workflow/events.schema.json": eventsJsonSchema(),
};
for (const [path, schema] of Object.entries(published)) {
  writeFileSync(new URL(`../../src/${path}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
