/** Rule pages, as `sqlassay rule` gives them. */

import type { Output } from "./interpreter";

export interface RuleName {
  readonly code: string;
  readonly name: string;
  readonly summary: string;
}

/** Runs `sqlassay` with these arguments. */
export type RunSqlassay = (args: readonly string[]) => Promise<Output>;

/** A code or a name, and never an option or a path: it becomes an argument of the command line. */
const RULE = /^[A-Za-z][A-Za-z0-9-]*$/;

export class RuleError extends Error {}

/** A rule's page in Markdown. Raises RuleError where there is no such rule or the command fails. */
export async function rulePage(rule: string, sqlassay: RunSqlassay): Promise<string> {
  if (!RULE.test(rule)) {
    throw new RuleError(`No rule is called ${JSON.stringify(rule)}.`);
  }
  return output(await sqlassay(["rule", rule, "--output-format", "markdown"]));
}

/** Every rule, for picking one. Raises RuleError where the command fails or gives something else. */
export async function ruleNames(sqlassay: RunSqlassay): Promise<RuleName[]> {
  const text = output(await sqlassay(["rule", "--all", "--output-format", "json"]));
  let rules: unknown;
  try {
    rules = JSON.parse(text);
  } catch {
    rules = undefined;
  }
  if (!Array.isArray(rules) || !rules.every(isRuleName)) {
    throw new RuleError("sqlassay rule --all gave something other than a list of rules.");
  }
  return rules;
}

function isRuleName(value: unknown): value is RuleName {
  const rule = value as Partial<RuleName> | null;
  return typeof rule?.code === "string" && typeof rule.name === "string" && typeof rule.summary === "string";
}

function output({ stdout, stderr, error }: Output): string {
  if (error !== null) {
    throw new RuleError(stderr.trim() || error.message);
  }
  return stdout;
}
