/** Ruff's own language server in the editor, with nothing around it. */

import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/node";

let client;

export async function activate(context) {
  const command = vscode.workspace.getConfiguration("ruffForTests").get("path");
  client = new LanguageClient(
    "ruffForTests",
    "Ruff",
    { command, args: ["server"] },
    { documentSelector: [{ scheme: "file", language: "python" }] },
  );
  // The editor asks first whom it came to know last.
  context.subscriptions.push(vscode.commands.registerCommand("ruffForTests.restart", () => client.restart()));
  await client.start();
}

export function deactivate() {
  return client?.dispose();
}
