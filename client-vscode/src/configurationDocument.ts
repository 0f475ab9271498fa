/** The page of what configuration holds for a file: a virtual Markdown document, shown as a preview. */

import * as vscode from "vscode";
import { configurationPage } from "./configuration";
import type { Held } from "./configuration";
import { reasonOf } from "./lifecycle";

const SCHEME = "sqlassay-configuration";

/** Asks the server what holds for the file at `uri`, or for the first folder. */
export type AskConfiguration = (uri: string | undefined) => Promise<Held | null>;

export class ConfigurationDocuments implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly ask: AskConfiguration) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(this.changed, vscode.workspace.registerTextDocumentContentProvider(SCHEME, this));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    try {
      return configurationPage(await this.ask(uri.query || undefined));
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Show what holds for a file: the one in the editor. */
  async show(): Promise<void> {
    const query = vscode.window.activeTextEditor?.document.uri.toString() ?? "";
    const page = vscode.Uri.from({ scheme: SCHEME, path: "Configuration.md", query });
    this.changed.fire(page);
    await vscode.commands.executeCommand("markdown.showPreview", page);
  }
}
