/** What configuration holds for a file, as a page: the server knows it, here it becomes Markdown. */

/** The server's answer to `sqlassay.configuration`, as far as it is shown. */
export interface Held {
  readonly path: string;
  readonly excluded_by: string | null;
  readonly project: string;
  readonly configuration: string | null;
  readonly sqlalchemy: { readonly versions: string; readonly source: string };
  readonly values: Readonly<Record<string, { readonly value: unknown; readonly source: string }>>;
  readonly rules: readonly { readonly code: string; readonly name: string; readonly severity: string }[];
}

/** The page; `held` is null for a file that belongs to no open folder. */
export function configurationPage(held: Held | null): string {
  if (held === null) {
    return "# Configuration\n\nThis file belongs to no open folder: open its project's folder to see what holds for it.\n";
  }
  const { path, excluded_by: excluded, project, configuration, sqlalchemy, values, rules } = held;
  const facts = [
    ["File", code(path)],
    ["Project", code(project)],
    ["Configuration file", configuration === null ? "none" : code(configuration)],
    ["SQLAlchemy", `${cell(sqlalchemy.versions)} (${cell(sqlalchemy.source)})`],
    ...(excluded === null ? [] : [["Not checked", `excluded by ${cell(excluded)}`]]),
  ];
  const keys = Object.entries(values).map(([name, { value, source }]) => [code(name), cell(source), shown(value)]);
  const on = rules.map(({ code: id, name, severity }) => [id, name, severity]);
  return [
    "# Configuration",
    table(["", ""], facts),
    "## Settings",
    table(["Key", "Said by", "Value"], keys),
    `## Rules that are on (${rules.length})`,
    table(["Code", "Name", "Severity"], on),
    "",
  ].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function shown(value: unknown): string {
  if (value === null) {
    return "not set";
  }
  if (Array.isArray(value)) {
    return value.map(String).map(code).join(", ") || "none";
  }
  return code(typeof value === "string" ? value : JSON.stringify(value));
}

function code(text: string): string {
  const fence = text.includes("`") ? "``" : "`";
  return `${fence}${text.replaceAll("|", "\\|").replace(/[\r\n]+/g, " ")}${fence}`;
}

function cell(text: string): string {
  return text.replace(/[|\\`*_[\]<>]/g, "\\$&").replace(/[\r\n]+/g, " ");
}
