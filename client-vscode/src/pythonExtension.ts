/** The active environment of the Python extension, where that is installed. */

import * as vscode from "vscode";

const EXTENSION = "ms-python.python";

/** The part of the Python extension's API that is used here. */
interface PythonApi {
  /** Absent in old versions of the extension. */
  readonly environments?: {
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(environment: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri: vscode.Uri | undefined } } | undefined>;
  };
}

export function hasPythonExtension(): boolean {
  return vscode.extensions.getExtension(EXTENSION) !== undefined;
}

async function api(): Promise<PythonApi | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi | undefined>(EXTENSION);
  try {
    return await extension?.activate();
  } catch {
    // It has its own way of telling the user; here it counts as not installed.
    return undefined;
  }
}

export async function activeEnvironment(): Promise<string | undefined> {
  const environments = (await api())?.environments;
  if (environments === undefined) {
    return undefined;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const environment = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(folder));
  return environment?.executable.uri?.fsPath;
}

/** Calls `changed` when the user picks another environment. */
export async function watchActiveEnvironment(changed: () => void): Promise<vscode.Disposable | undefined> {
  return (await api())?.environments?.onDidChangeActiveEnvironmentPath(changed);
}
