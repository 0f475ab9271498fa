/** What the status bar shows for each state of the server. */

import { LIMIT, MINUTES } from "./crashes";
import type { State } from "./lifecycle";

export interface Appearance {
  readonly text: string;
  readonly tooltip: string;
  readonly background: "statusBarItem.errorBackground" | "statusBarItem.warningBackground" | undefined;
  /** What a click does. */
  readonly command: string;
}

/** What was found in the files that are open. */
export interface Tally {
  readonly findings: number;
  readonly files: number;
}

type Appearances = {
  readonly [Kind in State["kind"]]: (state: Extract<State, { kind: Kind }>, tally: Tally) => Omit<Appearance, "command">;
};

const APPEARANCES: Appearances = {
  starting: () => ({ text: "$(sync~spin) Sqlassay", tooltip: "Sqlassay is starting.", background: undefined }),
  running: ({ server }, tally) => ({
    text: `$(database) Sqlassay${tally.findings > 0 ? ` ${tally.findings}` : ""}`,
    tooltip: `${found(tally)}\n\nSqlassay ${server.version}${server.bundled ? " of the extension" : ""}, run by ${server.origin}: ${server.command}`,
    background: undefined,
  }),
  stopped: () => ({ text: "$(circle-slash) Sqlassay", tooltip: "Sqlassay is stopped.", background: undefined }),
  missing: () => ({
    text: "$(warning) Sqlassay",
    tooltip: "Sqlassay found no Python that can run it.",
    background: "statusBarItem.warningBackground",
  }),
  failed: ({ reason }) => ({
    text: "$(error) Sqlassay",
    tooltip: `Sqlassay could not start: ${reason}`,
    background: "statusBarItem.errorBackground",
  }),
  crashed: () => ({
    text: "$(error) Sqlassay",
    tooltip: `Sqlassay stopped more than ${LIMIT} times in ${MINUTES} minutes, and is not started again by itself.`,
    background: "statusBarItem.errorBackground",
  }),
};

export function appearance(state: State, tally: Tally): Appearance {
  const look = APPEARANCES[state.kind] as (state: State, tally: Tally) => Omit<Appearance, "command">;
  const command = state.kind === "running" ? "workbench.actions.view.problems" : "sqlassay.showLog";
  return { ...look(state, tally), command };
}

function found({ findings, files }: Tally): string {
  if (findings === 0) {
    return "No findings in open files.";
  }
  return `${findings} finding${findings === 1 ? "" : "s"} in ${files} open file${files === 1 ? "" : "s"}.`;
}
