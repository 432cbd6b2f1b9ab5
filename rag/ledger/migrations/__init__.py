"""Alembic's migrations of the ledger, the oldest first. One that was published is never changed."""
