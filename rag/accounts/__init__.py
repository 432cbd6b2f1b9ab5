"""Who may do what: readers, reviewers and administrators; passwords, sessions, tokens, lock-out.

It decides and keeps through the ledger; it knows nothing of HTTP. It refuses to say which of name and password was
wrong.
"""
