/** The one message a user gets when no server can be started, or none keeps running. */

import { LIMIT, MINUTES } from "./crashes";
import type { Attempt } from "./interpreter";

export type Action = "Show Log" | "Restart Server" | "Select Interpreter" | "Open Settings";

export interface Message {
  readonly text: string;
  readonly actions: readonly Action[];
}

export const ABSENT = "there is no such program";

/** `hasPythonExtension`: its interpreter picker can be offered. */
export function missingMessage(attempts: readonly Attempt[], hasPythonExtension: boolean): Message {
  const [first] = attempts;
  if (first?.origin.startsWith("setting ")) {
    const setting = first.origin.slice("setting ".length);
    const reason = attempts.at(-1)?.reason ?? first.reason;
    return {
      text: `Sqlassay: ${setting} is ${first.command}, which does not run it: ${reason}`,
      actions: ["Show Log", "Open Settings"],
    };
  }
  // The Python that was looked at first is the one that the user thinks of.
  const own = attempts.find(({ bundled, reason }) => bundled && reason !== ABSENT);
  const why =
    own === undefined
      ? "no Python was found. Install Python 3.10 or newer, or set sqlassay.interpreter."
      : `${own.origin}: ${own.reason}`;
  return {
    text: `Sqlassay cannot start: ${why}`,
    actions: hasPythonExtension ? ["Show Log", "Select Interpreter", "Open Settings"] : ["Show Log", "Open Settings"],
  };
}

export function crashedMessage(): Message {
  return {
    text: `Sqlassay stopped more than ${LIMIT} times in ${MINUTES} minutes, and is not started again. The log says why.`,
    actions: ["Show Log", "Restart Server"],
  };
}

/** The log's lines for what was tried. */
export function attemptLines(attempts: readonly Attempt[]): string[] {
  return attempts.map(({ origin, command, args, reason }) => `${origin}: ${[command, ...args].join(" ")}: ${reason}`);
}
