/** Which step has which tools. A set that may read pages or sources has no tool that publishes. */
import type { Tool } from "../agent/tool.ts";
import { askUser } from "./ask-user.ts";
import { type DeclineDesk, declineChange } from "./decline-change.ts";
import type { ConnectorDesk, GateDesk, PersonDesk, ResearchDesk, SkillDesk } from "./desk.ts";
import { editFile } from "./edit-file.ts";
import { fetchPage } from "./fetch-page.ts";
import { finishStep } from "./finish-step.ts";
import { type AnswerDesk, giveAnswer } from "./give-answer.ts";
import { importDescription } from "./import-description.ts";
import { lintConnector } from "./lint-connector.ts";
import { listFilesTool } from "./list-files.ts";
import { probeSource } from "./probe-source.ts";
import { type ProposeDesk, proposeBlueprint } from "./propose-blueprint.ts";
import { queryWarehouse } from "./query-warehouse.ts";
import { readFileTool } from "./read-file.ts";
import { readPage } from "./read-page.ts";
import { readSkill } from "./read-skill.ts";
import { recordClaim } from "./record-claim.ts";
import { runTests } from "./run-tests.ts";
import { searchPages } from "./search-pages.ts";
import { type CauseDesk, stateCause } from "./state-cause.ts";
import { writeFileTool } from "./write-file.ts";

interface Common {
  skills: SkillDesk;
  person: PersonDesk;
  gate: GateDesk;
}

export const toolsets = {
  research: ({ research, ...common }: Common & { research: ProposeDesk }): Tool[] => [
    ...reading(research),
    ...probing(research),
    recordClaim(research),
    proposeBlueprint(research),
    ...closing(common, research),
  ],
  generate: ({ connector, ...common }: Common & { connector: ConnectorDesk }): Tool[] => [
    ...coding(connector),
    ...closing(common),
  ],
  fix: (desks: Common & { research: ProposeDesk; connector: ConnectorDesk; cause: CauseDesk }): Tool[] => [
    stateCause(desks.cause),
    searchPages(desks.research),
    readPage(desks.research),
    ...probing(desks.research),
    recordClaim(desks.research),
    proposeBlueprint(desks.research),
    ...coding(desks.connector),
    ...closing(desks, desks.research),
  ],
  /** `own`: one that is generated, from a blueprint that may be changed. */
  enhance: ({
    own,
    ...desks
  }: Common & { research: ProposeDesk; connector: ConnectorDesk; decline: DeclineDesk; own: boolean }): Tool[] => [
    ...reading(desks.research),
    ...probing(desks.research),
    ...(own ? [recordClaim(desks.research), proposeBlueprint(desks.research)] : []),
    ...coding(desks.connector),
    declineChange(desks.decline),
    ...closing(desks, desks.research),
  ],
  ask: (
    desks: Pick<Common, "skills"> & {
      research: ResearchDesk;
      connector: ConnectorDesk;
      answer: AnswerDesk;
    },
  ): Tool[] => [
    listFilesTool(desks.connector),
    readFileTool(desks.connector),
    queryWarehouse(desks.connector),
    searchPages(desks.research),
    readPage(desks.research),
    readSkill(desks.skills),
    giveAnswer(desks.answer),
  ],
  document: ({ connector, gate }: Pick<Common, "gate"> & { connector: ConnectorDesk }): Tool[] => [
    readFileTool(connector),
    editFile(connector),
    finishStep(gate),
  ],
} as const;

/** A database or a folder is asked by the battery alone: there is no request that a model could word. */
function probing(desk: ResearchDesk): Tool[] {
  return desk.kind.look === undefined ? [] : [probeSource(desk)];
}

function reading(desk: ResearchDesk): Tool[] {
  return [fetchPage(desk), searchPages(desk), readPage(desk), importDescription(desk)];
}

function coding(desk: ConnectorDesk): Tool[] {
  return [
    listFilesTool(desk),
    readFileTool(desk),
    writeFileTool(desk),
    editFile(desk),
    lintConnector(desk),
    runTests(desk),
    queryWarehouse(desk),
  ];
}

function closing({ skills, person, gate }: Common, answers?: ResearchDesk): Tool[] {
  return [readSkill(skills), askUser(person, answers), finishStep(gate)];
}
