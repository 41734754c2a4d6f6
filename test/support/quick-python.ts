import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensurePythonEnv } from "../../src/system/python-env.ts";

/**
 * An interpreter in `directory` like any other, whose new environments are given the pip that is installed already: a pip of
 * their own takes six seconds to make, which the managed environments of this suite have shown to work.
 */
export async function quickPython(directory: string): Promise<string> {
  const { python, directory: managed, version } = await ensurePythonEnv();
  const packages = join("lib", `python${version}`, "site-packages");
  const script = [
    "#!/bin/sh",
    `if [ "$1" = -c ]; then printf '%s\\n%s\\n' "$0" ${version}; exit; fi`,
    `if [ "$1 $2" != "-m venv" ]; then exec "${python}" "$@"; fi`,
    `"${python}" -m venv --without-pip "$3" || exit`,
    // An environment that uv has made holds no pip, and then none is wanted.
    `if [ -d "${join(managed, packages, "pip")}" ]; then ln -s "${join(managed, packages, "pip")}" "$3/${packages}/pip"; fi`,
    "",
  ];
  const path = join(directory, "python-quick");
  await writeFile(path, script.join("\n"));
  await chmod(path, 0o755);
  return path;
}
