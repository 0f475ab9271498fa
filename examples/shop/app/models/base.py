"""The declarative base of all models."""

from sqlalchemy.ext.declarative import declarative_base

Base = declarative_base()
