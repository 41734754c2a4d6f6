/**
 * Clients of Anthropic's SDK, for the three ways to a model: Anthropic's own endpoint (or any that speaks the Messages API,
 * by ANTHROPIC_BASE_URL), Bedrock and Vertex. Everything is taken from the environment that is passed in: what is left out
 * the SDK would read from the process's own.
 */
import { Console } from "node:console";
import Anthropic, { type ClientOptions } from "@anthropic-ai/sdk";
import { UserError } from "../errors.ts";
import {
  credentialHeader,
  customHeaders,
  type Environment,
  needCredentials,
  type Provider,
  set,
} from "./credentials.ts";

/** What is used of a client; those of the three packages have it alike. */
export type Client = Pick<Anthropic, "messages">;

export interface ClientSettings {
  environment: Environment;
  provider: Provider;
  /** How often the SDK sends a request again that got no headers, or 408, 409, 429 or 5xx. */
  retries: number;
  /** Until the headers come. */
  headersMs: number;
}

const DEFAULT_BASE_URL = "https://api.anthropic.com";

/** Throws `UserError` when a credential or a package is missing. */
export async function createClient(settings: ClientSettings): Promise<Client> {
  const { environment, provider } = settings;
  needCredentials(environment, provider);
  const common: ClientOptions = {
    maxRetries: settings.retries,
    timeout: settings.headersMs,
    // The SDK's default writes to stdout, which belongs to results and to MCP.
    logger: new Console(process.stderr),
    logLevel: (set(environment.ANTHROPIC_LOG) ?? "off") as NonNullable<ClientOptions["logLevel"]>,
  };
  switch (provider) {
    case "anthropic":
      return new Anthropic({ ...common, ...anthropicOptions(environment) });
    case "bedrock":
      return platformClient("@anthropic-ai/bedrock-sdk", "AnthropicBedrock", {
        ...common,
        ...bedrockOptions(environment),
      });
    case "vertex":
      return platformClient("@anthropic-ai/vertex-sdk", "AnthropicVertex", {
        ...common,
        region: environment.CLOUD_ML_REGION,
        projectId: environment.ANTHROPIC_VERTEX_PROJECT_ID,
        ...(set(environment.ANTHROPIC_VERTEX_BASE_URL) ? { baseURL: environment.ANTHROPIC_VERTEX_BASE_URL } : {}),
      });
    default:
      return provider satisfies never;
  }
}

/**
 * A token goes before a key: it is set on purpose for a gateway, where a key that is left over from elsewhere must not be
 * shown. A credential among the custom headers replaces both.
 */
function anthropicOptions(environment: Environment): ClientOptions {
  const baseURL = set(environment.ANTHROPIC_BASE_URL) ?? DEFAULT_BASE_URL;
  const headers = customHeaders(environment);
  const given = credentialHeader(environment);
  if (given) {
    // The SDK searches profiles on the disk unless it is given a credential; this one's own header is then left out.
    const bare = given[0].toLowerCase() === "authorization" ? {} : { Authorization: null };
    return { baseURL, apiKey: given[1], defaultHeaders: { ...bare, ...headers } };
  }
  const authToken = set(environment.ANTHROPIC_AUTH_TOKEN);
  const credential = authToken === undefined ? { apiKey: set(environment.ANTHROPIC_API_KEY) ?? null } : { authToken };
  return { baseURL, ...credential, defaultHeaders: headers };
}

function bedrockOptions(environment: Environment) {
  const baseURL = set(environment.ANTHROPIC_BEDROCK_BASE_URL);
  const [awsAccessKey, awsSecretKey] = [set(environment.AWS_ACCESS_KEY_ID), set(environment.AWS_SECRET_ACCESS_KEY)];
  const keys = { awsAccessKey, awsSecretKey, awsSessionToken: set(environment.AWS_SESSION_TOKEN) };
  return {
    awsRegion: set(environment.AWS_REGION) ?? set(environment.AWS_DEFAULT_REGION),
    apiKey: set(environment.AWS_BEARER_TOKEN_BEDROCK) ?? null,
    ...(awsAccessKey && awsSecretKey ? keys : {}),
    ...(baseURL ? { baseURL } : {}),
  };
}

/** The packages are large and few need them, so they are not installed with us. */
async function platformClient(name: string, client: string, options: object): Promise<Client> {
  const found = await import(name).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new UserError(`The package ${name} is needed for this provider and is not installed.`, {
      hint: `npm install ${name}`,
      cause: error,
    });
  });
  const create = (found as Record<string, new (options: object) => Client>)[client];
  if (create === undefined)
    throw new UserError(`The package ${name} has no ${client}.`, { hint: `npm install ${name}` });
  return new create(options);
}
