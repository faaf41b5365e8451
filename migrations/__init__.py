"""Alembic migrations of the platform tables; entity tables are `runtime.schema_apply`'s."""
