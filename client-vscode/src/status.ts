/** What the status bar shows for each state of the server. */

import type { State } from "./lifecycle";

export interface Appearance {
  readonly text: string;
  readonly tooltip: string;
  readonly background: "statusBarItem.errorBackground" | "statusBarItem.warningBackground" | undefined;
}

type Appearances = { readonly [Kind in State["kind"]]: (state: Extract<State, { kind: Kind }>) => Appearance };

const CLICK = "Click for the log.";

const APPEARANCES: Appearances = {
  starting: () => ({ text: "$(sync~spin) Sqlassay", tooltip: "Sqlassay is starting.", background: undefined }),
  running: ({ server }) => ({
    text: "$(database) Sqlassay",
    tooltip: `Sqlassay ${server.version}, from ${server.origin}: ${server.command}\n${CLICK}`,
    background: undefined,
  }),
  stopped: () => ({
    text: "$(circle-slash) Sqlassay",
    tooltip: `Sqlassay is stopped.\n${CLICK}`,
    background: undefined,
  }),
  missing: () => ({
    text: "$(warning) Sqlassay",
    tooltip: `Sqlassay found no Python that has it installed.\n${CLICK}`,
    background: "statusBarItem.warningBackground",
  }),
  failed: ({ reason }) => ({
    text: "$(error) Sqlassay",
    tooltip: `Sqlassay could not start: ${reason}\n${CLICK}`,
    background: "statusBarItem.errorBackground",
  }),
};

export function appearance(state: State): Appearance {
  return (APPEARANCES[state.kind] as (state: State) => Appearance)(state);
}
