"""Models and tables as boxes and lines: what the diagrams of the command line and of editors show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from sqlassay.project.schema import Schema, SchemaColumn, SchemaModel, SchemaRelationship, SchemaTable


class Box(Struct):
    """A table with the models that are mapped to it."""

    title: str
    """The table's key; the class's name where the table is not known."""
    models: list[str]
    columns: dict[str, SchemaColumn]
    """By name in the database."""
    places: list[tuple[str, int]]
    """Where each of the models is declared, or the table that has none: absolute path, and line from 1."""


class Line(Struct):
    """A foreign key with the relationships that go along it, or a relationship whose columns are not known.

    `child` and `parent` are places in `Diagram.boxes`; the child holds the key. Where `both_many`, neither does.
    """

    child: int
    parent: int
    columns: tuple[str, ...]
    """The key's columns, in the child; where `both_many`, the table between the two sides, if it is known."""
    names: list[str] = field(default_factory=list)
    """Of relationships, the parent's first."""
    both_many: bool = False
    required: bool = False
    """No column of the key may be null: every child has a parent."""
    alone: bool = False
    """A parent has one child at the most."""

    @property
    def label(self) -> str:
        columns = ", ".join(self.columns)
        if self.both_many and columns:
            return f"{' / '.join(self.names)} ({columns})"
        return " / ".join(self.names) or columns


class Diagram(Struct):
    """Boxes in the order of the code, and the lines between them."""

    boxes: list[Box]
    lines: list[Line]


def diagram_of(schema: Schema) -> Diagram:
    """The diagram of what was asked for. Foreign keys that lead out of it are left out."""
    return _Drawing(schema).diagram()


def neighbours(schema: Schema, wanted: Iterable[SchemaModel | SchemaTable]) -> Schema:
    """The part of a schema that these models and tables, and all that is related to them directly, make up."""
    near = list(wanted)
    keys = {_key(each) for each in near}
    tables = {each.table for each in near if each.table}
    leads = {key for each in near for key in _targets(each)}
    joined = {name for each in near for name in _keys_out(each)}

    def kept(each: SchemaModel | SchemaTable) -> bool:
        return (
            _key(each) in keys
            or _key(each) in leads
            or (each.table in joined)
            or bool(keys & _targets(each))
            or bool(tables & _keys_out(each))
        )

    return Schema(tuple(filter(kept, schema.models)), tuple(filter(kept, schema.tables)))


def _key(each: SchemaModel | SchemaTable) -> str:
    return f"{each.module}:{each.model}" if isinstance(each, SchemaModel) else f"table {each.table}"


def _targets(each: SchemaModel | SchemaTable) -> set[str]:
    if isinstance(each, SchemaTable):
        return set()
    found = {f"{relationship.target_module}:{relationship.target}" for relationship in each.relationships}
    return found | {each.shares} if each.shares else found


def _keys_out(each: SchemaModel | SchemaTable) -> set[str]:
    """The tables that its foreign keys and its relationships' secondaries name."""
    found = {_table_of(key) for column in each.columns for key in column.foreign_keys}
    if isinstance(each, SchemaModel):
        found |= {relationship.secondary for relationship in each.relationships if relationship.secondary}
    return found


def _table_of(column: str) -> str:
    return column.rpartition(".")[0]


class _Drawing:
    """A diagram while it is made."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.boxes: list[Box] = []
        self.lines: list[Line] = []
        self.of_model: dict[str, int] = {}
        self.of_table: dict[str, int] = {}
        """The first of a name: two MetaData may have a table of one name each."""
        self.covered: set[tuple[int, str]] = set()
        """(box, column) of the foreign keys that a line stands for."""

    def diagram(self) -> Diagram:
        for model in self.schema.models:
            self._box(model)
        for table in self._shown_tables():
            self.of_table.setdefault(table.table, len(self.boxes))
            columns = {each.name: each for each in table.columns}
            self.boxes.append(Box(table.table, [], columns, [(table.path, table.line)]))
        for model in self.schema.models:
            for relationship in model.relationships:
                self._relationship(model, relationship)
        for number, box in enumerate(self.boxes):
            self._keys(number, box)
        return Diagram(self.boxes, self.lines)

    def _box(self, model: SchemaModel) -> None:
        shared = self.of_model.get(model.shares or "")
        columns = {each.name: each for each in model.columns}
        if shared is not None:
            self.of_model[_key(model)] = shared
            self.boxes[shared].models.append(model.model)
            self.boxes[shared].places.append((model.path, model.line))
            self.boxes[shared].columns = {**columns, **self.boxes[shared].columns}
            return
        self.of_model[_key(model)] = len(self.boxes)
        if model.table:
            self.of_table.setdefault(model.table, len(self.boxes))
        self.boxes.append(Box(model.table or model.model, [model.model], columns, [(model.path, model.line)]))

    def _shown_tables(self) -> Iterator[SchemaTable]:
        """Tables without a model. A secondary of nothing but keys is a line between the two sides, and no box."""
        secondaries = {
            relationship.secondary
            for model in self.schema.models
            for relationship in model.relationships
            if f"{relationship.target_module}:{relationship.target}" in self.of_model
        }
        for table in self.schema.tables:
            only_keys = all(column.foreign_keys for column in table.columns)
            if table.table not in secondaries or not only_keys:
                yield table

    # ---- lines

    def _relationship(self, model: SchemaModel, relationship: SchemaRelationship) -> None:
        here = self.of_model[_key(model)]
        there = self.of_model.get(f"{relationship.target_module}:{relationship.target}")
        if there is None or relationship.direction is None:
            return
        if relationship.direction == "many-to-many":
            self._many_to_many(here, there, relationship)
            return
        to_one = relationship.direction == "many-to-one"
        child, parent = (here, there) if to_one else (there, here)
        columns = tuple(sorted(pair[0 if to_one else 1].rpartition(".")[2] for pair in relationship.joins))
        line = self._line(child, parent, columns)
        line.alone = line.alone or (not to_one and relationship.uselist is False)
        if relationship.name not in line.names:
            line.names.insert(len(line.names) if to_one else 0, relationship.name)

    def _many_to_many(self, here: int, there: int, relationship: SchemaRelationship) -> None:
        if relationship.secondary in self.of_table:
            # The table is a box, and its foreign keys are the lines.
            return
        between = (relationship.secondary,) if relationship.secondary else ()
        for line in self.lines:
            if line.both_many and {line.child, line.parent} == {here, there} and line.columns == between:
                line.names.append(relationship.name)
                return
        self.lines.append(Line(there, here, between, [relationship.name], both_many=True))

    def _line(self, child: int, parent: int, columns: tuple[str, ...]) -> Line:
        for line in self.lines:
            if (line.child, line.parent, line.columns) == (child, parent, columns) and not line.both_many and columns:
                return line
        found = [self.boxes[child].columns.get(each) for each in columns]
        line = Line(child, parent, columns)
        line.required = bool(found) and all(each is not None and each.nullable is False for each in found)
        line.alone = self._is_alone(self.boxes[child], columns)
        self.covered |= {(child, each) for each in columns}
        self.lines.append(line)
        return line

    @staticmethod
    def _is_alone(box: Box, columns: tuple[str, ...]) -> bool:
        """Whether these columns are different in every row."""
        keys = {name for name, column in box.columns.items() if column.primary_key}
        return bool(columns) and (
            set(columns) == keys or any(box.columns[each].unique for each in columns if each in box.columns)
        )

    def _keys(self, number: int, box: Box) -> None:
        """Lines for the foreign keys that no relationship goes along."""
        for name, column in box.columns.items():
            for target in column.foreign_keys:
                parent = self.of_table.get(_table_of(target))
                if parent is not None and (number, name) not in self.covered:
                    self._line(number, parent, (name,))
