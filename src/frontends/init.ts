/** Asks a few questions and writes a spec. Secrets are asked for as the names of environment variables, never as values. */
import { access, writeFile } from "node:fs/promises";
import { cancel, intro, isCancel, outro, select, text } from "@clack/prompts";
import { stringify } from "yaml";
import type { AuthInput } from "../artifacts/auth.ts";
import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { parseSpec } from "../workflow/spec-file.ts";

class Cancelled extends Error {}

export async function init(file: string, context: CommandContext): Promise<ExitCode> {
  if (!(process.stdin.isTTY && (context.streams.stdout as NodeJS.WriteStream).isTTY)) {
    throw new UserError("`syncsmith init` asks questions and needs a terminal.", {
      hint: "Write the spec by hand: the README has an example, spec.schema.json every key.",
    });
  }
  if (
    await access(file).then(
      () => true,
      () => false,
    )
  ) {
    throw new UserError(`${file} exists already.`, { hint: "Give another name: syncsmith init FILE" });
  }
  try {
    intro("A new connector");
    const spec = stringify(await askAll());
    parseSpec(spec, file);
    await writeFile(file, spec, { flag: "wx" });
    outro(`Wrote ${file}. Next: syncsmith build ${file}`);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    cancel("Nothing was written.");
    return EXIT.interrupted;
  }
}

async function askAll(): Promise<Record<string, unknown>> {
  const name = await ask("What is the source called?", "FDA Food Enforcement");
  const docs = await ask(
    "Address or path of its OpenAPI or Swagger description",
    "https://api.example.com/openapi.json",
  );
  const base = await ask("Base address, if the description does not have it", "https://api.example.com", true);
  const auth = await askAuth();
  const destination = await ask("Name of the Fivetran destination", "my_warehouse", true);
  return {
    name,
    target: "fivetran",
    source: { kind: "rest", docs: [docs], ...(base ? { base_url: base } : {}), ...(auth ? { auth } : {}) },
    ...(destination ? { destination: { name: destination } } : {}),
  };
}

async function askAuth(): Promise<AuthInput | undefined> {
  const kind = await answered(
    select({
      message: "How does it authenticate?",
      options: [
        { value: "described", label: "as its description says" },
        { value: "none", label: "not at all" },
        { value: "api_key", label: "API key in a header or parameter" },
        { value: "basic", label: "user name and password (basic)" },
        { value: "bearer", label: "bearer token" },
        { value: "oauth2_client_credentials", label: "OAuth2 client credentials" },
      ],
    }),
  );
  const variable = async (what: string, example: string) =>
    `\${env:${await ask(`Environment variable with the ${what}`, example)}}`;
  switch (kind) {
    case "none":
      return { kind };
    case "api_key": {
      const place = await answered(
        select({
          message: "Where does the key go?",
          options: [
            { value: "header", label: "header" },
            { value: "query", label: "query parameter" },
          ],
        }),
      );
      const name = await ask("Its name", "X-Api-Key");
      return { kind, in: place as "header" | "query", name, value: await variable("key", "EXAMPLE_KEY") };
    }
    case "basic":
      return {
        kind,
        username: await variable("user name", "EXAMPLE_USER"),
        password: await variable("password", "EXAMPLE_PASSWORD"),
      };
    case "bearer":
      return { kind, token: await variable("token", "EXAMPLE_TOKEN") };
    case "oauth2_client_credentials":
      return {
        kind,
        token_url: await ask("Token address", "https://api.example.com/oauth/token"),
        client_id: await variable("client id", "EXAMPLE_CLIENT_ID"),
        client_secret: await variable("client secret", "EXAMPLE_CLIENT_SECRET"),
      };
    default:
      return undefined;
  }
}

async function ask(message: string, placeholder: string, optional = false): Promise<string> {
  const answer = await answered(
    text({
      message: optional ? `${message} (may stay empty)` : message,
      placeholder,
      validate: (value) => (optional || value?.trim() ? undefined : "Something is needed here."),
    }),
  );
  return String(answer ?? "").trim();
}

async function answered<T>(question: Promise<T | symbol>): Promise<T> {
  const answer = await question;
  if (isCancel(answer)) throw new Cancelled();
  return answer as T;
}
