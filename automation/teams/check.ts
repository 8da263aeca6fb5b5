import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { parseConfig } from "../../config";
import { UserError } from "../errors";
import { stackFileConfig } from "../graph/stack-file";
import { checkStackName } from "../stack/stack-name";
import { engine, PROJECT_ROOT } from "../stack/workspace";
import type { TargetName } from "../stack/target-name";
import { deployedConfig } from "./deployed-config";
import { configDrift, driftText, withDefaults } from "./drift";

/**
 * Holds Pulumi.<name>.yaml against the program's rules, then against the config that the last deployment ran with.
 *
 * @returns one line for people where both agree
 * @throws ConfigError for unknown keys and bad values, with what was probably meant
 * @throws UserError for a drift
 */
export async function checkTeam(name: string, target: TargetName): Promise<string> {
  const file = await stackFileConfig(checkStackName(name));
  parseConfig(file);
  const deployed = await deployedConfig(name, target);
  if (deployed === undefined) return `Pulumi.${name}.yaml is right; the stack is not deployed on the ${target} target.`;
  const workspace = await LocalWorkspace.create({ workDir: PROJECT_ROOT, pulumiCommand: await engine() });
  const project = await workspace.projectSettings();
  const drift = configDrift(withDefaults(file, project), withDefaults(deployed, project));
  if (drift.length === 0) return `Pulumi.${name}.yaml is right, and it is what is deployed.`;
  throw new UserError(
    `Pulumi.${name}.yaml is not what is deployed:\n${driftText(drift)}`,
    `Bring the stack up (npm run cli -- up --target ${target} --stack ${name}), or put the file right.`,
  );
}
