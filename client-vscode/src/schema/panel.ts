/** The schema diagram beside the code: one panel for each folder, drawn anew when a Python file is saved. */

import { randomBytes } from "node:crypto";
import * as path from "node:path";
import * as vscode from "vscode";
import { reasonOf } from "../lifecycle";
import { styles } from "./drawing";
import type { Diagram, FromView, Place, ToView } from "./model";

/** Asks the server for the diagram of the folder at `uri`; undefined where the server does not know the folder. */
export type AskDiagram = (uri: string) => Promise<Diagram | null | undefined>;

/** The theme's colours, as the view names them. */
const THEME = {
  background: "var(--vscode-editor-background)",
  foreground: "var(--vscode-editor-foreground)",
  faint: "var(--vscode-descriptionForeground)",
  head: "var(--vscode-sideBarSectionHeader-background, var(--vscode-sideBar-background))",
  border: "var(--vscode-contrastBorder, var(--vscode-editorWidget-border, var(--vscode-descriptionForeground)))",
  accent: "var(--vscode-textLink-foreground)",
  font: "var(--vscode-editor-font-family, monospace)",
};

const CHROME = `
body { margin: 0; padding: 0; overflow: hidden; }
svg { position: fixed; inset: 0; width: 100%; height: 100%; cursor: grab; touch-action: none; }
svg.moving { cursor: grabbing; }
.box { cursor: pointer; outline: none; }
.box:hover .frame, .box:focus .frame { stroke: var(--vscode-focusBorder); stroke-width: 2; }
.box.found .head { stroke: var(--vscode-focusBorder); stroke-width: 3; }
.model:hover { text-decoration: underline; }
nav { position: fixed; top: 8px; right: 8px; display: flex; gap: 4px; z-index: 1; }
nav button, nav input { font: inherit; border: 1px solid var(--vscode-contrastBorder, transparent); padding: 3px 9px; }
nav button { color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); cursor: pointer; }
nav button:hover { background: var(--vscode-button-secondaryHoverBackground); }
nav input { color: var(--vscode-input-foreground); background: var(--vscode-input-background); width: 12em; }
#empty { position: fixed; inset: 40% 10%; text-align: center; }`;

export class SchemaPanels {
  private readonly panels = new Map<string, vscode.WebviewPanel>();

  constructor(
    private readonly extension: vscode.Uri,
    private readonly ask: AskDiagram,
  ) {}

  register(): vscode.Disposable {
    return vscode.workspace.onDidSaveTextDocument((document) => {
      if (document.languageId === "python") {
        for (const [folder, panel] of this.panels) {
          void this.draw(folder, panel);
        }
      }
    });
  }

  /** Show the diagram of the folder of the active editor; ask which where that does not tell. */
  async show(): Promise<void> {
    const folder = await chosenFolder();
    if (folder === undefined) {
      return;
    }
    const uri = folder.uri.toString();
    const there = this.panels.get(uri);
    if (there !== undefined) {
      there.reveal();
      await this.draw(uri, there);
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      "sqlassay.schema",
      `Schema of ${folder.name}`,
      { viewColumn: vscode.ViewColumn.Active },
      { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(this.extension, "dist")] },
    );
    this.panels.set(uri, panel);
    panel.iconPath = vscode.Uri.joinPath(this.extension, "images", "icon.png");
    panel.onDidDispose(() => this.panels.delete(uri));
    panel.webview.onDidReceiveMessage((message: FromView) => this.take(message, folder, panel));
    panel.webview.html = this.page(panel.webview);
  }

  private async take(message: FromView, folder: vscode.WorkspaceFolder, panel: vscode.WebviewPanel): Promise<void> {
    if (message.kind === "ready") {
      await this.draw(folder.uri.toString(), panel);
    } else if (message.kind === "open") {
      await open(message.place);
    } else {
      await save(message.svg, folder);
    }
  }

  private async draw(folder: string, panel: vscode.WebviewPanel): Promise<void> {
    try {
      const diagram = await this.ask(folder);
      const message: ToView = { kind: "diagram", diagram: diagram ?? { folder, boxes: [], lines: [] } };
      await panel.webview.postMessage(message);
    } catch (error) {
      void vscode.window.showErrorMessage(`Sqlassay: the schema cannot be shown: ${reasonOf(error)}`);
    }
  }

  private page(webview: vscode.Webview): string {
    const nonce = randomBytes(16).toString("hex");
    const script = webview.asWebviewUri(vscode.Uri.joinPath(this.extension, "dist", "schema.js")).toString();
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}';">
<title>Schema</title>
<style nonce="${nonce}">${styles(THEME)}${CHROME}</style>
</head>
<body>
<nav>
<input id="find" type="search" placeholder="Find a model or table" aria-label="Find a model or table">
<button id="in" title="Zoom in" aria-label="Zoom in">+</button>
<button id="out" title="Zoom out" aria-label="Zoom out">&minus;</button>
<button id="fit" title="Show all of it">Fit</button>
<button id="export" title="Save the diagram as an SVG file">Export SVG</button>
</nav>
<svg class="schema" role="group" aria-label="Schema diagram"><g id="scene"></g></svg>
<p id="empty" hidden>No models and no tables were found in this folder.</p>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
  }
}

async function chosenFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const active = vscode.window.activeTextEditor?.document.uri;
  const folder = (active && vscode.workspace.getWorkspaceFolder(active)) ?? (folders.length === 1 ? folders[0] : undefined);
  if (folder !== undefined) {
    return folder;
  }
  if (folders.length === 0) {
    void vscode.window.showInformationMessage("Sqlassay: open a folder to see the schema of its models.");
    return undefined;
  }
  return vscode.window.showWorkspaceFolderPick({ placeHolder: "The folder to show the schema of" });
}

async function open({ uri, line }: Place): Promise<void> {
  const start = new vscode.Position(line, 0);
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), { selection: new vscode.Range(start, start) });
}

async function save(svg: string, folder: vscode.WorkspaceFolder): Promise<void> {
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder.uri, "schema.svg"),
    filters: { SVG: ["svg"] },
    title: "Save the schema diagram",
  });
  if (target !== undefined) {
    await vscode.workspace.fs.writeFile(target, Buffer.from(svg, "utf8"));
    void vscode.window.showInformationMessage(`Sqlassay: wrote ${path.basename(target.fsPath)}.`);
  }
}
