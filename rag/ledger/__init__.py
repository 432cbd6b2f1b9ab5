"""The ledger: what was asked and answered, reviewed and decided, kept in a database, SQLite or PostgreSQL.

Every connection, table and migration is here; accounts and reviews write their rows in transactions that it opens. It
keeps plain records and knows nothing of medicine. It refuses a database that a newer program has written, a change
to a version of an answer, and any change to the audit trail.
"""
