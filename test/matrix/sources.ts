/** What a spec of the square needs to be built: credentials, and for databases and files a source that runs. */

export interface RunningSource {
  /** Laid over the spec's `source`. */
  spec: Record<string, unknown>;
  environment: Record<string, string>;
  mode: "simulated" | "live" | "auto";
  close(): Promise<void>;
}

/** Values for the references that specs of web sources hold. They go to the stand-in only. */
const CREDENTIALS = {
  MATRIX_KEY: "matrix-key-1",
  MATRIX_TOKEN: "matrix-token-1",
  MATRIX_USER: "matrix-user",
  MATRIX_PASSWORD: "matrix-password-1",
  MATRIX_CLIENT: "matrix-client",
  MATRIX_SECRET: "matrix-secret-1",
};

/** `missing`: why the source cannot be had on this machine. */
export async function startSource(kind: string, name: string): Promise<RunningSource | { missing: string }> {
  const start = STARTS[`${kind}/${name}`];
  if (start !== undefined) return start();
  return { spec: {}, environment: CREDENTIALS, mode: "simulated", close: async () => undefined };
}

const STARTS: Readonly<Record<string, () => Promise<RunningSource | { missing: string }>>> = {};
