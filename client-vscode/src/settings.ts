/** The `sqlassay.*` settings: which go to the server, and how the two that name a program are read. */

/** What the server understands, under the names it has in the editor's settings. */
export const SERVER_KEYS = [
  "configuration",
  "select",
  "extendSelect",
  "ignore",
  "perFileIgnores",
  "severities",
  "exclude",
  "extendExclude",
  "respectGitignore",
  "targetVersion",
  "dialect",
  "loaders",
  "src",
  "fixOnSave",
] as const;

/** What only the client reads. A change of these needs a server started anew. */
export const START_KEYS = ["interpreter", "path", "importStrategy"] as const;

/** The part of `vscode.WorkspaceConfiguration` that is used here; keys are relative to `sqlassay`. */
export interface Configuration {
  get(key: string): unknown;
}

/** What a setting may refer to. */
export interface Variables {
  readonly workspaceFolder: string | undefined;
  readonly userHome: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The settings as the server gets them: only those that say something, so that an empty one never hides what the
 * project's own configuration says.
 */
export function serverSettings(configuration: Configuration, variables: Variables): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const key of SERVER_KEYS) {
    const value = configuration.get(key);
    if (saysSomething(value)) {
      settings[key] = key === "configuration" && typeof value === "string" ? expand(value, variables) : value;
    }
  }
  return settings;
}

function saysSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === "") {
    return false;
  }
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** `${workspaceFolder}`, `${userHome}`, `${env:NAME}` and a leading `~` filled in; what is unknown stays as written. */
export function expand(text: string, variables: Variables): string {
  const home = text === "~" || /^~[/\\]/.test(text) ? variables.userHome + text.slice(1) : text;
  return home.replace(/\$\{(?:(workspaceFolder)|(userHome)|env:([^}]+))\}/g, (whole, folder, user, name) => {
    const value = folder ? variables.workspaceFolder : user ? variables.userHome : variables.env[String(name)];
    return value ?? whole;
  });
}

/** `sqlassay.path` as a command in parts, or undefined where it is not set. */
export function serverCommand(value: unknown, variables: Variables): string[] | undefined {
  const parts = (Array.isArray(value) ? value : [value]).filter((part) => typeof part === "string" && part !== "");
  return parts.length > 0 ? parts.map((part: string) => expand(part, variables)) : undefined;
}
