/** How many findings the open files have, kept as the editor tells of changes. */

/** The part of a diagnostic that is looked at. */
interface Found {
  readonly source?: string | undefined;
}

export class Counts {
  private readonly byDocument = new Map<string, number>();

  /** The diagnostics of a document, of all tools, are these now. */
  note(uri: string, diagnostics: readonly Found[]): void {
    const count = diagnostics.filter(({ source }) => source === "sqlassay").length;
    if (count > 0) {
      this.byDocument.set(uri, count);
    } else {
      this.byDocument.delete(uri);
    }
  }

  get findings(): number {
    return [...this.byDocument.values()].reduce((sum, each) => sum + each, 0);
  }

  get files(): number {
    return this.byDocument.size;
  }
}
