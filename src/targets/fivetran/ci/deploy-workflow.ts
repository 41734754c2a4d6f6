/**
 * The workflow that tests a connector at every pull request and deploys it from its branch. It needs nothing of ours: Python,
 * the platform's own package, and secrets of the repository.
 */
import { API_DOCUMENT, CONTRACT, NOT_CODE, PROOF } from "../../../artifacts/contract.ts";
import { UserError } from "../../../errors.ts";
import type { GeneratedFile } from "../../target.ts";
import { SDK_VERSION } from "../document/facts.ts";

export interface DeployWorkflowInput {
  /** Name of the connector, which is also the connection's. */
  name: string;
  /** The connector's folder below the repository's, with `/`; empty when it is the repository. */
  folder: string;
  /** What is pushed to it is deployed. */
  branch: string;
  keys: readonly { key: string; required: boolean }[];
  /** Whether the connector lists libraries of its own. */
  requirements: boolean;
  /** The Python that tests here run on today, `3.13`: its own run on it, and the platform is asked for it. */
  python: string;
}

export interface DeployWorkflow extends GeneratedFile {
  /** Names of the secrets that the repository must have, and of those it may have. */
  secrets: { required: string[]; optional: string[] };
}

export function deployWorkflow(input: DeployWorkflowInput): DeployWorkflow {
  const path = `.github/workflows/${input.name}_deploy.yml`;
  const secrets = secretNames(input);
  const destination = destinationSecret(input.name);
  const paths = [input.folder === "" ? "**" : `${pattern(input.folder)}/**`, pattern(path)];
  const named = (required: boolean) => secrets.flatMap((entry) => (entry.required === required ? [entry.secret] : []));
  return {
    path,
    content: [head(input, paths), testJob(input), deployJob(input, { secrets, destination })].join("\n"),
    secrets: { required: ["FIVETRAN_API_KEY", destination, ...named(true)], optional: named(false) },
  };
}

interface Secret {
  key: string;
  required: boolean;
  secret: string;
}

function secretNames({ name, keys }: DeployWorkflowInput): Secret[] {
  const secrets = keys.map(({ key, required }) => ({ key, required, secret: secretName(`SFL_${name}_${key}`) }));
  const twice = secrets.find(({ secret }, index) => secrets.findIndex((other) => other.secret === secret) < index);
  if (twice) throw new UserError(`Two configuration keys would be the one secret ${twice.secret}.`);
  return secrets;
}

/** GitHub keeps names to itself that begin with its own, and takes none that begin with a digit. */
function destinationSecret(name: string): string {
  const wanted = secretName(`${name}_FIVETRAN_DESTINATION`);
  return /^(GITHUB_|\d)/.test(wanted) ? `SFL_${wanted}` : wanted;
}

function secretName(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
}

/** A path that means itself where a pattern is expected. */
function pattern(path: string): string {
  return path.replace(/[\\*?[\]!+]/g, "\\$&");
}

/** A text as YAML, and as JSON. */
const quoted = (text: string) => JSON.stringify(text);

function head({ name, folder, branch, python }: DeployWorkflowInput, paths: readonly string[]): string {
  const list = paths.map((path) => `      - ${quoted(path)}`).join("\n");
  return `name: ${quoted(`Deploy ${name}`)}

on:
  push:
    branches: [${quoted(branch)}]
    paths:
${list}
  pull_request:
    paths:
${list}
  workflow_dispatch:

permissions:
  contents: read

env:
  PYTHON_VERSION: ${quoted(python)}

defaults:
  run:
    shell: bash
    working-directory: ${quoted(folder === "" ? "." : folder)}

jobs:`;
}

function setUp({ requirements }: DeployWorkflowInput, history = ""): string {
  const own = requirements ? " --requirement requirements.txt" : "";
  return `      - uses: actions/checkout@v6
        with:
          persist-credentials: false
${history}      - uses: actions/setup-python@v6
        with:
          python-version: \${{ env.PYTHON_VERSION }}
      - name: Install the libraries
        run: python -m pip install --disable-pip-version-check "fivetran-connector-sdk==${SDK_VERSION}"${own}`;
}

/** With what the change is against: of a pull request's merge its branch, of a push what was there before its last commit. */
const WITH_PARENTS = "          fetch-depth: 2\n";

/** Of paths that no proof is about, as an expression of `grep -E`; hidden files are none of the code either. */
const NOT_PROVEN = `(^|/)(\\.|(${NOT_CODE.map(literally).join("|")})(/|$))|${literally(API_DOCUMENT)}$`;

function literally(text: string): string {
  return text.replaceAll(".", "\\.");
}

function testJob(input: DeployWorkflowInput): string {
  return `  test:
    name: Test
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
${setUp(input, WITH_PARENTS)}
      - name: Run the connector's tests
        run: python -m unittest -v 2>&1 | tee "$RUNNER_TEMP/tests.txt"
      - name: Report
        if: \${{ !cancelled() }}
        env:
          CONNECTOR: ${quoted(input.name)}
        run: |
          {
            echo "## Tests of $CONNECTOR"
            echo
            if [ -f "$RUNNER_TEMP/tests.txt" ]; then
              grep -E '^(Ran [0-9]+ tests? in|OK|FAILED|NO TESTS RAN)' "$RUNNER_TEMP/tests.txt" || echo 'They did not end.'
              echo
              sed -n -E 's/^(FAIL|ERROR): (.*)$/- **\\1** <code>\\2<\\/code>/p' "$RUNNER_TEMP/tests.txt"
              echo
              echo '<details><summary>Output</summary>'
              echo
              echo '~~~~~text'
              tail -c 100000 "$RUNNER_TEMP/tests.txt"
              echo '~~~~~'
              echo
              echo '</details>'
            else
              echo 'They did not run.'
            fi
            rewritten="$(git -c core.quotePath=false diff --name-only --relative HEAD^1 HEAD -- ${CONTRACT} 2>/dev/null || true)"
            if [ -n "$rewritten" ]; then
              echo
              echo 'This change writes the proof itself, by which its code is judged here:'
              echo
              printf '%s\\n' "$rewritten" | sed -n -E 's/^(.+)$/- <code>\\1<\\/code>/p'
            fi
            if [ -f ${PROOF.report} ]; then
              echo
              changed="$(sha256sum --check --quiet ${PROOF.sums} 2>/dev/null | sed -n -E 's/^(.*): FAILED.*$/\\1/p' || true)"
              tracked="$(git -c core.quotePath=false ls-files)"
              python="$(git -c core.quotePath=false ls-files '*.py' ':!${CONTRACT}')"
              code="$(printf '%s\\n' "$tracked" | grep -v -E '${NOT_PROVEN}' || true)"
              added="$(printf '%s\\n' "$code" "$python" | sort -u | grep -v -x -F -f <(cut -c 67- ${PROOF.sums}) || true)"
              if [ -z "$changed$added" ]; then
                echo 'This very code was proven:'
              else
                echo 'These files changed since the code was proven, by the report below; this code was not:'
                echo
                printf '%s\\n' "$changed" "$added" | sed -n -E 's/^(.+)$/- <code>\\1<\\/code>/p'
              fi
              echo
              head -c 300000 ${PROOF.report}
            fi
          } >> "$GITHUB_STEP_SUMMARY"
`;
}

function deployJob(input: DeployWorkflowInput, given: { secrets: readonly Secret[]; destination: string }): string {
  const { name, branch } = input;
  return `  deploy:
    name: Deploy
    needs: test
    if: github.event_name != 'pull_request' && github.ref == ${expressionText(`refs/heads/${branch}`)}
    runs-on: ubuntu-latest
    timeout-minutes: 30
    concurrency: ${quoted(`deploy-${name}`)}
    steps:
${setUp(input)}
${configurationStep(input, given.secrets)}
      - name: Deploy
        env:
          # The key and the secret joined by a colon, in base64.
          FIVETRAN_API_KEY: \${{ secrets.FIVETRAN_API_KEY }}
          FIVETRAN_DESTINATION_NAME: \${{ secrets.${given.destination} }}
          FIVETRAN_CONNECTION_NAME: ${quoted(name)}
        run: |
          configuration="$RUNNER_TEMP/configuration.json"
          trap 'rm -f "$configuration"' EXIT
          if [ -z "$FIVETRAN_API_KEY" ] || [ -z "$FIVETRAN_DESTINATION_NAME" ]; then
            echo "::error::The repository needs the secrets FIVETRAN_API_KEY and ${given.destination}."
            exit 1
          fi
          # The command prints the beginning of the key, which is masked as a whole only.
          beginning="\${FIVETRAN_API_KEY:0:8}"
          echo "::add-mask::$beginning"
          status=0
          # --force is yes to an update. --yes is also yes to other versions of the libraries than were tested.
          fivetran deploy --configuration "$configuration" --python-version "$PYTHON_VERSION" --force < /dev/null 2>&1 |
            while IFS= read -r line; do printf '%s\\n' "\${line//"$beginning"/****}"; done |
            tee "$RUNNER_TEMP/deploy.txt" || status=$?
          {
            echo "## Deployment of $FIVETRAN_CONNECTION_NAME"
            echo
            echo '~~~~~text'
            tail -c 100000 "$RUNNER_TEMP/deploy.txt"
            echo '~~~~~'
          } >> "$GITHUB_STEP_SUMMARY"
          # The command fails then, too, although the connection is there and has the new code.
          if [ "$status" -ne 0 ] && grep -qi 'setup tests failed' "$RUNNER_TEMP/deploy.txt"; then
            echo "::error::The connection is there, but its setup tests failed: correct the secrets and run this again."
          fi
          exit "$status"
`;
}

/** Values come from the environment and go into a private file: they are on no command line. */
function configurationStep({ keys }: DeployWorkflowInput, secrets: readonly Secret[]): string {
  const environment = secrets.map(({ secret }) => `          ${secret}: \${{ secrets.${secret} }}`).join("\n");
  const list = (required: boolean) =>
    secrets
      .filter((entry) => entry.required === required)
      .map(({ key, secret }) => `              ${quoted(key)}: ${quoted(secret)},`)
      .join("\n");
  const lists = { required: list(true), optional: list(false) };
  const dictionary = (name: string, lines: string) =>
    `          ${name} = {${lines === "" ? "" : `\n${lines}\n          `}}`;
  return `      - name: Write the configuration
        shell: python
${keys.length === 0 ? "" : `        env:\n${environment}\n`}        run: |
          import json
          import os
          import sys

          # Key of the configuration -> the repository's secret with its value.
${dictionary("REQUIRED", lists.required)}
${dictionary("OPTIONAL", lists.optional)}

          missing = [secret for secret in REQUIRED.values() if not os.environ[secret]]
          if missing:
              print(f"::error::The repository needs the secrets {', '.join(missing)}.")
              sys.exit(1)
          # A deployment replaces the whole configuration: without its secret a key goes back to its default.
          values = {key: os.environ[secret] for key, secret in (REQUIRED | OPTIONAL).items()}
          configuration = {key: value for key, value in values.items() if value}
          path = os.path.join(os.environ["RUNNER_TEMP"], "configuration.json")
          descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
          with open(descriptor, "w", encoding="utf-8") as file:
              json.dump(configuration, file)`;
}

/** A text within an expression of a workflow. */
function expressionText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
