/** The diagram as the server gives it (`sqlassay.schema`), and what the view and the extension say to each other. */

export interface Place {
  readonly uri: string;
  /** From 0. */
  readonly line: number;
}

export interface Column {
  readonly name: string;
  readonly type: string | null;
  readonly nullable: boolean | null;
  readonly primaryKey: boolean;
  readonly foreignKey: boolean;
  readonly unique: boolean;
}

/** A table with the models that are mapped to it. */
export interface Box {
  readonly title: string;
  readonly models: readonly string[];
  /** Of each model; of the table where there is none. */
  readonly places: readonly Place[];
  readonly columns: readonly Column[];
}

/** A foreign key; `child` and `parent` are places in `Diagram.boxes`. Where `bothMany`, neither holds the key. */
export interface Line {
  readonly child: number;
  readonly parent: number;
  readonly columns: readonly string[];
  readonly label: string;
  readonly bothMany: boolean;
  /** Every child has a parent. */
  readonly required: boolean;
  /** A parent has one child at the most. */
  readonly alone: boolean;
}

export interface Diagram {
  readonly folder: string;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

export type FromView =
  | { readonly kind: "ready" }
  | { readonly kind: "open"; readonly place: Place }
  | { readonly kind: "export"; readonly svg: string };

export interface ToView {
  readonly kind: "diagram";
  readonly diagram: Diagram;
}
