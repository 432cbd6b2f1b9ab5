"""Conversation: follow-up questions are made stand-alone, and what was cited before stays at hand.

Nothing here answers a question. The room refuses to hide what it did: a rewritten question is always shown, and can be
corrected.
"""
