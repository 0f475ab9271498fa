"""People who buy. One of the first models, in the style of its time."""

import uuid
from datetime import datetime

from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, String, Uuid
from sqlalchemy.orm import relationship

from .base import Base


class Customer(Base):
    __tablename__ = "customers"

    id = Column(Integer, primary_key=True)
    email = Column(String(200), unique=True, nullable=False)
    name = Column(String(100))
    active = Column(Boolean, default=True, nullable=False)
    token = Column(Uuid, default=uuid.uuid4())
    preferences = Column(JSON, default={})
    created_at = Column(DateTime, default=datetime.utcnow)
    deleted_at = Column(DateTime)

    orders = relationship("Order", backref="customer")
