/** `npm run schema`: writes the JSON Schema of the spec where it is published. */
import { writeFileSync } from "node:fs";
import { specJsonSchema } from "../../src/workflow/spec-file.ts";

writeFileSync(
  new URL("../../src/artifacts/spec.schema.json", import.meta.url),
  `${JSON.stringify(specJsonSchema(), null, 2)}\n`,
);
