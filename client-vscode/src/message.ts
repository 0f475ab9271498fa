/** The one message a user gets when no server can be started. */

import type { Attempt } from "./interpreter";

export type Action = "Show Log" | "Select Interpreter" | "Open Settings";

export interface Message {
  readonly text: string;
  readonly actions: readonly Action[];
}

/** `hasPythonExtension`: its interpreter picker can be offered. */
export function missingMessage(attempts: readonly Attempt[], hasPythonExtension: boolean): Message {
  const [only] = attempts;
  if (only?.origin.startsWith("setting ")) {
    const setting = only.origin.slice("setting ".length);
    return {
      text: `Sqlassay: ${setting} is ${only.command}, which does not run it: ${only.reason}`,
      actions: ["Show Log", "Open Settings"],
    };
  }
  return {
    text: "Sqlassay found no Python that has it installed. Install it with `pip install sqlassay` in the project's environment, or set sqlassay.interpreter.",
    actions: hasPythonExtension ? ["Show Log", "Select Interpreter", "Open Settings"] : ["Show Log", "Open Settings"],
  };
}

/** The log's lines for what was tried. */
export function attemptLines(attempts: readonly Attempt[]): string[] {
  return attempts.map(({ origin, command, args, reason }) => `${origin}: ${[command, ...args].join(" ")}: ${reason}`);
}
