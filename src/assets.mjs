/** After the compiler: copies what is not TypeScript (templates, Python, descriptions, locks) from src/ to dist/. */
import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const from = fileURLToPath(new URL(".", import.meta.url));
const to = fileURLToPath(new URL("../dist/", import.meta.url));

await cp(from, to, { recursive: true, filter: (path) => !/\.(ts|mjs|pyc)$|__pycache__/.test(path) });
