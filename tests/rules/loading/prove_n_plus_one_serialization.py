"""A schema or a template that reads a relationship runs one SELECT for each row; with an AsyncSession it raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from jinja2 import Environment
from marshmallow import Schema, fields
from marshmallow_sqlalchemy import SQLAlchemyAutoSchema
from pydantic import AliasPath, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator
from rules.prove_support import Post, User, count_statements, make_async_engine, make_engine
from sqlalchemy import Engine, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, joinedload, selectinload

USERS = 10
LAZY, LOADED = select(User), select(User).options(selectinload(User.posts))
BARE, JOINED = select(Post), select(Post).options(joinedload(Post.author))


class PostOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    title: str


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    posts: list[PostOut]


class Counted(BaseModel):
    """A field that keeps nothing of what it read."""

    model_config = ConfigDict(from_attributes=True)

    posts: int = Field(exclude=True)

    @field_validator("posts", mode="before")
    @classmethod
    def count(cls, posts: list[Post]) -> int:
        return len(posts)


class Named(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    author_email: str = Field(validation_alias=AliasPath("author", "email"))


class PlainPost(BaseModel):
    title: str


class PlainUser(BaseModel):
    """Its configuration reads no attributes: FastAPI reads them nevertheless."""

    id: int
    posts: list[PlainPost]


class PostSchema(Schema):
    title = fields.String()
    author_email = fields.String(attribute="author.email")


class UserSchema(Schema):
    posts = fields.List(fields.Nested(PostSchema, only=("title",)))


class Plucked(Schema):
    posts = fields.Pluck(PostSchema, "title", many=True)


class Automatic(SQLAlchemyAutoSchema):
    class Meta:
        model = User
        include_relationships = True


PAGE = Environment().from_string("{% for user in users %}{{ user.posts|length }};{% endfor %}")
AUTHORS = Environment().from_string("{{ posts|map(attribute='author.email')|join(', ') }}")

Convert = Callable[[list[Any]], Any]

OF_USERS: dict[str, Convert] = {
    "model_validate": lambda users: [UserOut.model_validate(user) for user in users],
    "TypeAdapter": TypeAdapter(list[UserOut]).validate_python,
    "a field that is left out": lambda users: [Counted.model_validate(user) for user in users],
    "marshmallow": UserSchema(many=True).dump,
    "Pluck": Plucked(many=True).dump,
    "an automatic schema": Automatic(many=True).dump,
    "jinja2": lambda users: PAGE.render(users=users),
}
OF_POSTS: dict[str, Convert] = {
    "an alias path": lambda posts: [Named.model_validate(post) for post in posts],
    "marshmallow's attribute": PostSchema(many=True).dump,
    "jinja2's map": lambda posts: AUTHORS.render(posts=posts),
}


def run(engine: Engine, statement: Select[Any], convert: Convert) -> tuple[int, Any]:
    """How many SELECTs it takes, and what comes out."""
    with Session(engine) as session, count_statements(engine) as counted:
        out = convert(list(session.scalars(statement)))
    return counted.selects, out


@pytest.mark.parametrize("convert", OF_USERS.values(), ids=OF_USERS)
def test_a_collection(convert: Convert) -> None:
    engine = make_engine(users=USERS, posts=2)
    lazy, first = run(engine, LAZY, convert)
    loaded, second = run(engine, LOADED, convert)
    assert (lazy, loaded) == (1 + USERS, 2)
    assert first == second


@pytest.mark.parametrize("convert", OF_POSTS.values(), ids=OF_POSTS)
def test_a_reference(convert: Convert) -> None:
    engine = make_engine(users=USERS, posts=2)
    lazy, first = run(engine, BARE, convert)
    joined, second = run(engine, JOINED, convert)
    assert (lazy, joined) == (1 + USERS, 1)
    assert first == second


def application(engine: Engine, statement: Select[Any], **route: Any) -> TestClient:
    app = FastAPI()

    def get_session() -> Iterator[Session]:
        with Session(engine) as session:
            yield session

    @app.get("/users", response_model=list[PlainUser], **route)
    def users(session: Session = Depends(get_session)) -> Any:  # noqa: B008
        return session.scalars(statement).all()

    return TestClient(app)


@pytest.mark.parametrize("route", [{}, {"response_model_exclude": {"__all__": {"posts"}}}], ids=["all", "left out"])
def test_a_response_model(route: dict[str, Any]) -> None:
    engine = make_engine(users=USERS, posts=2)
    with count_statements(engine) as lazy:
        first = application(engine, LAZY, **route).get("/users")
    with count_statements(engine) as loaded:
        second = application(engine, LOADED, **route).get("/users")
    assert (lazy.selects, loaded.selects) == (1 + USERS, 2)
    assert first.status_code == 200
    assert first.json() == second.json()
    assert ("posts" in first.json()[0]) == (not route)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_async_rows_raise() -> None:
    engine = await make_async_engine(users=1, posts=1)
    async with AsyncSession(engine) as session:
        user = await session.get_one(User, 1)
        with pytest.raises(ValidationError, match="MissingGreenlet"):
            UserOut.model_validate(user)
    async with AsyncSession(engine) as session:
        user = await session.get_one(User, 1, options=[selectinload(User.posts)])
        assert len(UserOut.model_validate(user).posts) == 1
    async with AsyncSession(engine) as session:
        user = await session.get_one(User, 1)
        await session.execute(LOADED)
        assert len(UserOut.model_validate(user).posts) == 1
    await engine.dispose()
