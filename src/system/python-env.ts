/** The managed Python environment. (interface first; see below for the making of it) */
export interface PythonEnv {
  /** Absolute path of the interpreter. */
  python: string;
  /** Absolute path of the environment's directory. */
  directory: string;
  /** Absolute path of ruff. */
  ruff: string;
  /** `3.11`. */
  version: string;
}
