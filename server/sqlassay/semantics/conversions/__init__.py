"""What turns rows into something else without naming their relationships: schemas, responses, templates.

A schema says by its declaration what it reads off an object (`pydantic`, `marshmallow`: a schema becomes `shapes`); a
template says it by its own code (`templates`). `reading` follows both over what the evaluator knows of a value, and
says which relationships are read.
"""
