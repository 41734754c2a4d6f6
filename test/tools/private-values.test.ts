/** Which values of somebody's private files are secrets: what opens something, and nothing that ordinary text is made of. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRedactor } from "../../src/system/secrets.ts";
import { privateValues, secretsAmong } from "../../src/tools/private-values.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

const SAS = "https://files.example.com/box?sv=2024-11-04&sig=4fHq%2Bz8Lr1TnbW";
const HOOK = "https://hooks.example.com/services/T0A1B2C3D/B9Z8Y7X6W/kQ8vTn2LxWq7Zr5PbYd3Jm1s";

it.each([
  ["freight_key", "freight-key-8d1f", ["freight-key-8d1f"]],
  ["password", "correct horse battery", ["correct horse battery"]],
  ["dsn", "postgresql://reader:hunter22@db.example.com/shop", ["hunter22"]],
  ["connection_string", "Server=db;Uid=reader;Password=hunter22;", ["hunter22"]],
  ["source", SAS, [SAS, "4fHq+z8Lr1TnbW"]],
  ["notify", HOOK, [HOOK, "kQ8vTn2LxWq7Zr5PbYd3Jm1s"]],
  ["account_json", JSON.stringify({ private_key: "-----BEGIN it-is-long" }), ["-----BEGIN it-is-long"]],
  ["nested", { inner: [{ api_token: "abcdefgh" }] }, ["abcdefgh"]],
  ["anything", "Zk3dQ9xLmP2vR7tYw8Bn", ["Zk3dQ9xLmP2vR7tYw8Bn"]],
] as const)(verifies("agent.redaction", "a secret is one under %s"), (key, value, expected) => {
  const found = secretsAmong({ [key]: value });
  for (const secret of expected) expect(found).toContain(secret);
});

it.each([
  ["base_url", "https://api.freight.example/v2"],
  ["primary_key", "shipment_id"],
  ["auth_type", "oauth2_client_credentials"],
  ["start_token", "2024-01-01T00:00:00Z"],
  ["api_key", "<your key here>"],
  ["password", "postgres"],
  ["token", "short"],
  ["region", "eu-central-1-production-2024"],
])(verifies("agent.redaction", "ordinary text stays what it is: %s"), (key, value) => {
  expect(secretsAmong({ [key]: value })).toEqual([]);
});

it(verifies("agent.redaction", "every private file of a folder is read, wherever it lies"), async () => {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, "conf"));
  await writeFile(join(directory, "configuration.json"), '{"api_token": "first-of-all"}');
  await writeFile(join(directory, "conf/dev_config.json"), '{"password": "second one"}');
  await writeFile(join(directory, "conf/secrets.yaml"), "webhook_secret: third-one\n");
  await writeFile(join(directory, ".env"), 'export SHOP_TOKEN="fourth-one"\n');
  await writeFile(join(directory, "connector.py"), 'TABLE_TOKEN = "no private file"\n');
  const redactor = createRedactor(await privateValues(directory));
  expect(redactor.redact("first-of-all, second one, third-one, fourth-one, no private file")).toBe(
    "****, ****, ****, ****, no private file",
  );
  expect(await privateValues(join(directory, "nowhere"))).toEqual([]);
});
