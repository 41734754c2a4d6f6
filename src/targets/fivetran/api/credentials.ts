/** Which account is meant, and where its API is. Read from the environment alone: never from a spec or a command line. */
import { UserError } from "../../../errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Credentials {
  /** base64 of `key:secret`, as API and command want it. */
  basic: string;
  /** What must never be shown: key, secret and the two together. */
  secrets: string[];
}

const HINT =
  "export FIVETRAN_API_KEY=… and FIVETRAN_API_SECRET=…, or FIVETRAN_API_KEY alone as base64 of key:secret (Fivetran dashboard, your user, API key).";

/** Throws `UserError` where there are none, or none that can be right. */
export function fivetranCredentials(environment: Environment): Credentials {
  const key = environment.FIVETRAN_API_KEY?.trim() ?? "";
  const secret = environment.FIVETRAN_API_SECRET?.trim() ?? "";
  if (key === "") throw new UserError("There is no Fivetran API key in the environment.", { hint: HINT });
  if (secret !== "") {
    const basic = Buffer.from(`${key}:${secret}`, "utf8").toString("base64");
    return { basic, secrets: [key, secret, basic] };
  }
  const pair = /^([\x21-\x39\x3b-\x7e]+):([\x21-\x7e]+)$/.exec(decoded(key) ?? "");
  if (pair === null) {
    throw new UserError("FIVETRAN_API_KEY is not base64 of key:secret, and there is no FIVETRAN_API_SECRET.", {
      hint: HINT,
    });
  }
  return { basic: key, secrets: [pair[1] ?? "", pair[2] ?? "", key] };
}

function decoded(text: string): string | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, "base64").toString("utf8") : undefined;
}

const API = "https://api.fivetran.com";

/** Fivetran's own address, or another that `SYNCSMITH_FIVETRAN_API` names. The key is sent there, so it has to be https. */
export function fivetranBase(environment: Environment): string {
  const text = environment.SYNCSMITH_FIVETRAN_API?.trim() || API;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url !== undefined && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url?.protocol !== "https:" && !(url?.protocol === "http:" && loopback)) {
    throw new UserError(`SYNCSMITH_FIVETRAN_API is ${text}, and the API key goes over https only.`, {
      hint: `Unset it to use ${API}.`,
    });
  }
  return url.origin;
}
