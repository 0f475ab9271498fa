"""The older admin pages, still on Flask."""

from flask import Flask, jsonify
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

db = SQLAlchemy()


class Banner(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    visible: Mapped[bool] = mapped_column(default=False)


def create_admin() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///admin.db"
    db.init_app(app)

    @app.get("/banners")
    def banners():
        return jsonify([banner.title for banner in Banner.query.filter_by(visible=True).all()])

    return app
