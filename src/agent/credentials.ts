/** What a model's endpoint asks for, as the environment gives it. Loads nothing of the SDK's. */
import { UserError } from "../errors.ts";

export type Provider = "anthropic" | "bedrock" | "vertex";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a model of this provider can be asked, as far as the environment shows. */
export function hasCredentials(environment: Environment, provider: Provider): boolean {
  return missingCredential(environment, provider) === undefined;
}

/** Throws `UserError` naming what a person must set. */
export function needCredentials(environment: Environment, provider: Provider): void {
  const missing = missingCredential(environment, provider);
  if (missing === undefined) return;
  throw new UserError(`The model cannot be asked: ${missing} is not set.`, {
    hint: `Set it before the run (export ${missing}=…), or go without a model: --model none.`,
  });
}

/** Name of the variable. */
function missingCredential(environment: Environment, provider: Provider): string | undefined {
  const isSet = (name: string) => set(environment[name]) !== undefined;
  switch (provider) {
    case "anthropic": {
      const given = isSet("ANTHROPIC_API_KEY") || isSet("ANTHROPIC_AUTH_TOKEN") || credentialHeader(environment);
      return given ? undefined : "ANTHROPIC_API_KEY";
    }
    case "bedrock":
      // Credentials for AWS come from many places besides; its own packages find them. The region is always said.
      return isSet("AWS_REGION") || isSet("AWS_DEFAULT_REGION") ? undefined : "AWS_REGION";
    case "vertex":
      return ["CLOUD_ML_REGION", "ANTHROPIC_VERTEX_PROJECT_ID"].find((name) => !isSet(name));
    default:
      return provider satisfies never;
  }
}

/** The values that let in at a model's endpoint: for the redactor. */
export function modelSecrets(environment: Environment): string[] {
  const names = [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
  ];
  const header = credentialHeader(environment);
  // Of `Bearer abc` the secret is `abc`.
  return [...names.map((name) => set(environment[name])), header?.[1].replace(/^\w+ +/, "")].filter(
    (value) => value !== undefined,
  );
}

/** The custom header that lets in, if there is one: its name and value. */
export function credentialHeader(environment: Environment): [name: string, value: string] | undefined {
  const names = ["authorization", "x-api-key"];
  return Object.entries(customHeaders(environment)).find(([name]) => names.includes(name.toLowerCase()));
}

/** ANTHROPIC_CUSTOM_HEADERS, as the SDK reads it: `name: value`, one a line. */
export function customHeaders(environment: Environment): Record<string, string> {
  const lines = (environment.ANTHROPIC_CUSTOM_HEADERS ?? "").split("\n");
  return Object.fromEntries(
    lines.flatMap((line) => {
      const colon = line.indexOf(":");
      return colon > 0 ? [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]] : [];
    }),
  );
}

/** Undefined for blank, too: `KEY= syncsmith …` is how a variable is taken away. */
export function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value;
}
