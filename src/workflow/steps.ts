/** The steps, in their order. */
import { deployStep } from "./deploy.ts";
import { documentStep } from "./document.ts";
import type { StepName } from "./events.ts";
import { fixStep } from "./fix.ts";
import { generateStep } from "./generate.ts";
import { requirementsStep } from "./requirements.ts";
import { researchStep } from "./research.ts";
import type { Step } from "./step.ts";
import { testStep } from "./test.ts";
import { verifyStep } from "./verify.ts";

export function allSteps(specPath: string): { readonly [N in StepName]: Step } {
  return {
    requirements: requirementsStep(specPath),
    research: researchStep,
    generate: generateStep,
    test: testStep,
    fix: fixStep,
    document: documentStep,
    deploy: deployStep,
    verify: verifyStep,
  };
}
