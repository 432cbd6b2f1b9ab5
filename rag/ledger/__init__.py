"""The ledger: what was asked and answered, kept in a database. The only door to it, by SQLAlchemy and Alembic.

It keeps plain records and knows nothing of medicine. It refuses a database that a newer program has written.
"""
