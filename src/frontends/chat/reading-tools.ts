/** What a conversation may look at: pages of documentation before there is a spec, and the connector it is about. */
import { join, resolve } from "node:path";
import type { Tool } from "../../agent/tool.ts";
import { type Requirements, requirementsSchema } from "../../artifacts/requirements.ts";
import { ToolError } from "../../errors.ts";
import { openNotebook } from "../../research/notebook.ts";
import { restSource } from "../../sources/rest/rest.ts";
import { hostsOf } from "../../system/addresses.ts";
import { http, limitedTo } from "../../system/http.ts";
import type { ConnectorDesk, ResearchDesk } from "../../tools/desk.ts";
import { fetchPage } from "../../tools/fetch-page.ts";
import { importDescription } from "../../tools/import-description.ts";
import { listFilesTool } from "../../tools/list-files.ts";
import { queryWarehouse } from "../../tools/query-warehouse.ts";
import { readFileTool } from "../../tools/read-file.ts";
import { readPage } from "../../tools/read-page.ts";
import { searchPages } from "../../tools/search-pages.ts";
import { queryConnector } from "../../workflow/query.ts";
import { CHAT_FOLDER, type ChatHands } from "./hands.ts";
import { addressesIn } from "./told.ts";
import type { ChatToolsOptions } from "./tools.ts";

/** Pages that are read in a conversation are kept here; a build reads its own. */
const NOTES = "notes";

export async function readingTools(options: ChatToolsOptions, hands: ChatHands): Promise<Tool[]> {
  const pages = await pageDesk(options, hands);
  const connector = connectorDesk(options, hands);
  return [
    fetchPage(pages),
    searchPages(pages),
    readPage(pages),
    importDescription(pages),
    listFilesTool(connector),
    readFileTool(connector),
    queryWarehouse(connector),
  ];
}

/** Private hosts are read where the person named them, as a spec would. */
async function pageDesk({ context, redactor }: ChatToolsOptions, { said }: ChatHands): Promise<ResearchDesk> {
  const now = () => new Date();
  const notebook = await openNotebook(join(resolve(context.workspace), CHAT_FOLDER, NOTES), { now });
  return {
    notebook,
    get requirements() {
      return requirementsOf(addressesIn(said()));
    },
    kind: restSource,
    get http() {
      return limitedTo(http, hostsOf(addressesIn(said())));
    },
    baseDirectory: resolve("."),
    source: () => notebook.proposal()?.source,
    configuration: async () => ({}),
    redact: redactor.redact,
    progress: () => {},
    now,
  };
}

/** A spec that names what the person named, and nothing else. */
function requirementsOf(docs: readonly string[]): Requirements {
  const spec = { name: "conversation", source: { kind: "rest", docs } };
  return requirementsSchema.parse({ version: 1, name: "conversation", spec, spec_address: resolve("conversation") });
}

/** Nothing is written from a conversation: builds and their steps do that. */
function connectorDesk({ context, redactor }: ChatToolsOptions, { focus }: ChatHands): ConnectorDesk {
  const built = () => {
    if (focus.connector !== undefined) return resolve(context.workspace, focus.connector);
    throw new ToolError("No connector is looked at yet. connector_status with its name chooses one.");
  };
  return {
    get directory() {
      return focus.folder ?? built();
    },
    locked: () => "Files are changed by a build, not from the conversation.",
    wrote: async () => {},
    lint: async () => [],
    test: async () => {
      throw new ToolError("A conversation tests by build_connector.");
    },
    query: (sql, maxRows) => queryConnector(built(), sql, maxRows),
    redact: redactor.redact,
  };
}
