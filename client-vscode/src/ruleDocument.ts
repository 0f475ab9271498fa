/** Rule pages in the editor: a virtual Markdown document, shown as a preview. */

import * as vscode from "vscode";
import { reasonOf } from "./lifecycle";
import { RuleError, ruleNames, rulePage } from "./rules";
import type { RunSqlassay } from "./rules";

const SCHEME = "sqlassay-rule";

export class RuleDocuments implements vscode.TextDocumentContentProvider {
  constructor(private readonly sqlassay: RunSqlassay) {}

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    try {
      return await rulePage(uri.path.replace(/\.md$/, ""), this.sqlassay);
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Show a rule's page; ask which where none is named. */
  async open(rule: unknown): Promise<void> {
    try {
      const name = typeof rule === "string" ? rule : await this.pick();
      if (name !== undefined) {
        await vscode.commands.executeCommand(
          "markdown.showPreview",
          vscode.Uri.from({ scheme: SCHEME, path: `${name}.md` }),
        );
      }
    } catch (error) {
      if (!(error instanceof RuleError)) {
        throw error;
      }
      void vscode.window.showErrorMessage(`Sqlassay: ${error.message}`);
    }
  }

  private async pick(): Promise<string | undefined> {
    const items = (await ruleNames(this.sqlassay)).map(({ code, name, summary }) => ({
      label: name,
      description: code,
      detail: summary.replace(/\s+/g, " "),
    }));
    const picked = await vscode.window.showQuickPick(items, {
      placeHolder: "A rule of Sqlassay",
      matchOnDescription: true,
      matchOnDetail: true,
    });
    return picked?.label;
  }
}
