from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules import eager
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics.events import Loop, RelationshipConverted
from sqlassay.semantics.flow import leaves_loop
from sqlassay.semantics.plans import alike_in_all_rows
from sqlassay.semantics.values import Session

_READERS = {
    "pydantic": ("the schema", "this field reads `{name}`"),
    "fastapi": ("the response model", "this field reads `{name}`"),
    "marshmallow": ("the schema", "this field reads `{name}`"),
    "dataclass": ("the conversion", "`{name}` is a field of the data class"),
    "jinja": ("the template", "the template reads `{name}`"),
}
"""Who reads, and what to say where it is read."""


@rule("ALC612", "n-plus-one-serialization", severity=Severity.WARNING, fix="unsafe")
class NPlusOneSerialization(Rule):
    """A schema or a template reads a relationship that the query did not load: one query for each row.

    ## Why
    Nothing in the code names the relationship: a field of a pydantic schema does, or of FastAPI's response model, or
    of a marshmallow schema, or a line of a template. Reading it off a row that came without it runs a SELECT, for
    each row of the list that is converted.

    Conversion reads every field. A validator of the field, `exclude=True` and FastAPI's `response_model_exclude` come
    after the read, and do not spare it.

    Rows of an AsyncSession cannot load anything then: the read raises MissingGreenlet, with one row as with many, and
    FastAPI answers with an error 500. There the finding is an error.

    ## Example
    ```python
    from pydantic import BaseModel, ConfigDict
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        posts: Mapped[list["Post"]] = relationship()


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


    class PostOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)

        title: str


    class UserOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)

        id: int
        posts: list[PostOut]


    def users(session: Session) -> list[UserOut]:
        return [UserOut.model_validate(user) for user in session.scalars(select(User))]
    ```

    ## Use instead
    ```python
    from pydantic import BaseModel, ConfigDict
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        posts: Mapped[list["Post"]] = relationship()


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


    class PostOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)

        title: str


    class UserOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)

        id: int
        posts: list[PostOut]


    def users(session: Session) -> list[UserOut]:
        found = session.scalars(select(User).options(selectinload(User.posts)))
        return [UserOut.model_validate(user) for user in found]
    ```

    ## Fix safety
    Unsafe. The fix adds a loader option to the query, wherever it stands, and imports what it needs. The rows are the
    same, but every caller of that query now loads the related rows, also one that does not convert them. There is no
    fix where the file of the query does not name the class.

    ## What it cannot see
    Rows whose query is not seen, or that another query of the same function may have completed. Schemas with
    something before their fields (`model_validator(mode="before")`, `@pre_dump`), unions of several schemas, fields
    that call a function (`fields.Method`), and conversions that the project wrote itself over the mapper's
    relationships. Templates whose name is computed or found twice, and what filters of the project do. Of rows whose
    session the function closes before they are converted it says nothing.

    ## References
    - [Pydantic: arbitrary class instances](https://docs.pydantic.dev/latest/concepts/models/#arbitrary-class-instances)
    - [FastAPI: response model](https://fastapi.tiangolo.com/tutorial/response-model/)
    - [Preventing implicit IO when using AsyncSession](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession)
    - [Relationship loading techniques](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html)
    """

    def relationship_converted(self, read: RelationshipConverted) -> Iterator[Hit]:
        """A read of a relationship that only a schema or a template names."""
        session = read.load.statement.session if read.load.statement is not None else None
        if isinstance(session, Session) and session.is_async:
            # What is not `async def` itself may be what `run_sync()` runs: there a lazy load works.
            if read.frame.is_async and _is_first(read):
                yield _hit(read, None, _raises(read), Severity.ERROR if read.certain else Severity.WARNING)
            return
        if read.load.kind != "query" and not read.load.path:
            return
        loop = next((each for each in read.around if each.key == read.load.loop), None)
        if loop is None or leaves_loop(read.frame, read.node, loop):
            return
        if not alike_in_all_rows(read.world, read.entity, read.relationship) and _is_first(read):
            yield _hit(read, loop, _repeats(read), Severity.INFO if read.in_migration else None)


def _is_first(read: RelationshipConverted) -> bool:
    """Whether nothing was said of this yet, off rows of another query."""
    return read.frame.first("converted", id(read.node), read.entity.model, read.relationship.name)


def _hit(read: RelationshipConverted, loop: Loop | None, harm: str, severity: Severity | None) -> Hit:
    advice = eager.advise(read, read.entity, read.relationship)
    statement = read.load.statement
    if advice is not None:
        here = statement is None or statement.place.path == read.path
        harm = f"{harm} Add `{advice.code}` to {'the query' if here else 'its query'}."
    name = _name(read)
    notes = [Note(read.read, _READERS[read.by][1].format(name=name))]
    if statement is not None:
        notes.append(Note(statement.place, f"the query, which does not load `{name}`"))
    if loop is not None and loop.kind != "call":
        notes.append(Note(loop.place, "the loop"))
    notes.append(Note(read.relationship.place, f"`{name}` is lazy unless a query says otherwise"))
    fix = advice.fix if advice is not None else None
    lazy = eager.lazy(read.entity, read.relationship)
    return Hit(read.at(read.node), harm, tuple(notes), fix, severity, lazy=lazy)


def _name(read: RelationshipConverted) -> str:
    return f"{read.entity.model.plain}.{read.relationship.name}"


def _repeats(read: RelationshipConverted) -> str:
    who = _READERS[read.by][0]
    if read.relationship.direction == "many-to-one":
        target = read.relationship.target
        what = (target.plain if target is not None else read.relationship.target_text) or "row"
        return f"{who.capitalize()} reads `{_name(read)}` row by row: one SELECT for each {what} it comes to."
    return f"{who.capitalize()} reads `{_name(read)}`: one SELECT for each {read.entity.model.plain}."


def _raises(read: RelationshipConverted) -> str:
    who = _READERS[read.by][0]
    return (
        f"{who.capitalize()} reads `{_name(read)}`, which the query does not load: a lazy load cannot wait for the "
        "database in async code, and raises MissingGreenlet."
    )
