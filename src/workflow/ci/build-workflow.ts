/** A workflow for other workflows to call: builds many specs side by side, each with its own job, report and artifact. */
import type { GeneratedFile } from "../../targets/target.ts";

export const BUILD_WORKFLOW = ".github/workflows/syncsmith_build.yml";

/** The same in every repository: what is to be built, and with what, the caller says. */
export function buildWorkflow(): GeneratedFile {
  return { path: BUILD_WORKFLOW, content: TEXT };
}

const TEXT = `# Called by a workflow of yours:
#
#   jobs:
#     connectors:
#       uses: ./${BUILD_WORKFLOW}
#       with:
#         specs: '["specs/shop.yaml", "specs/desk.yaml"]'
#         syncsmith: https://downloads.example/syncsmith-0.1.0.tgz
#       secrets:
#         environment: \${{ secrets.SOURCE_ENVIRONMENT }}
name: Build connectors

on:
  workflow_call:
    inputs:
      specs:
        description: Paths of the specs, as a JSON list
        type: string
        required: true
      syncsmith:
        description: What npm installs Syncsmith from, a package's name with its version or the address of a tarball
        type: string
        required: true
      workspace:
        description: Where the connectors are written
        type: string
        default: workspace
      quick:
        description: Only the checks that take seconds
        type: boolean
        default: false
    secrets:
      environment:
        description: The variables that the specs refer to, as a JSON object of texts
        required: false

permissions:
  contents: read

jobs:
  build:
    name: \${{ matrix.spec }}
    runs-on: ubuntu-latest
    timeout-minutes: 120
    strategy:
      fail-fast: false
      matrix:
        spec: \${{ fromJSON(inputs.specs) }}
    steps:
      - uses: actions/checkout@v6
        with:
          persist-credentials: false
      - uses: actions/setup-node@v6
        with:
          node-version: "22"
      - uses: actions/setup-python@v6
        with:
          python-version: "3.13"
      - name: Install Syncsmith
        env:
          SYNCSMITH: \${{ inputs.syncsmith }}
        run: npm install --global --no-audit --no-fund "$SYNCSMITH"
      - name: Build
        shell: python
        env:
          SPEC: \${{ matrix.spec }}
          WORKSPACE: \${{ inputs.workspace }}
          QUICK: \${{ inputs.quick }}
          SOURCE_ENVIRONMENT: \${{ secrets.environment }}
        run: |
          import json
          import os
          import sys

          # GitHub masks the secret as a whole: each value in it has to be named.
          given = json.loads(os.environ.pop("SOURCE_ENVIRONMENT") or "{}")
          for value in given.values():
              for line in filter(None, value.splitlines()):
                  print("::add-mask::" + line.replace("%", "%25"))
          sys.stdout.flush()
          events = os.open(os.path.join(os.environ["RUNNER_TEMP"], "events.jsonl"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
          os.dup2(events, 1)
          quick = ["--quick"] if os.environ["QUICK"] == "true" else []
          command = ["syncsmith", "--json", "--workspace", os.environ["WORKSPACE"], "build", os.environ["SPEC"], *quick]
          # In the place of this process, so that a cancelled job ends the build in order.
          os.execvpe(command[0], command, {**os.environ, **given})
      - uses: actions/upload-artifact@v7
        if: \${{ !cancelled() }}
        with:
          name: connector-\${{ strategy.job-index }}
          # Reports and the log of the run are in a folder whose name begins with a dot.
          include-hidden-files: true
          path: |
            \${{ inputs.workspace }}
            \${{ runner.temp }}/events.jsonl
`;
