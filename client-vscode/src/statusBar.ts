/** The item in the status bar: the server's state, how much was found, and what can be done, on hover. */

import * as vscode from "vscode";
import type { State } from "./lifecycle";
import { appearance } from "./status";
import type { Tally } from "./status";

const LINKS: readonly (readonly [text: string, command: string])[] = [
  ["Problems", "workbench.actions.view.problems"],
  ["Schema diagram", "sqlassay.showSchema"],
  ["Configuration", "sqlassay.showConfiguration"],
  ["Log", "sqlassay.showLog"],
  ["Restart", "sqlassay.restartServer"],
];

export class StatusBar {
  private readonly item = vscode.window.createStatusBarItem("sqlassay.status", vscode.StatusBarAlignment.Right);
  private state: State = { kind: "starting" };

  constructor(private readonly tally: Tally) {
    this.item.name = "Sqlassay";
    this.item.show();
  }

  show(state: State): void {
    this.state = state;
    this.refresh();
  }

  /** The state or the tally changed. */
  refresh(): void {
    const { text, tooltip, background, command } = appearance(this.state, this.tally);
    const hover = new vscode.MarkdownString();
    hover.appendText(tooltip);
    hover.appendMarkdown(`\n\n---\n\n${LINKS.map(([name, id]) => `[${name}](command:${id})`).join(" · ")}`);
    hover.isTrusted = { enabledCommands: LINKS.map(([, id]) => id) };
    this.item.text = text;
    this.item.tooltip = hover;
    this.item.command = command;
    this.item.backgroundColor = background && new vscode.ThemeColor(background);
    this.item.accessibilityInformation = { label: `${text.replace(/\$\([^)]*\)\s*/g, "")}, ${tooltip}` };
  }

  dispose(): void {
    this.item.dispose();
  }
}
