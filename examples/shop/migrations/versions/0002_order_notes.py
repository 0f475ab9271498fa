"""Notes on orders; every item has a product"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("orders", sa.Column("note", sa.String(500)))
    op.alter_column("order_items", "product_id", existing_type=sa.Integer(), nullable=False)


def downgrade() -> None:
    op.alter_column("order_items", "product_id", existing_type=sa.Integer(), nullable=True)
    with op.batch_alter_table("orders") as batch:
        batch.drop_column("note")
