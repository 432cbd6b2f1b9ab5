"""Privacy: finds what identifies a person in a question, before anything leaves the machine.

Base: `phonenumbers` for telephone numbers, `python-stdnum` for national numbers with their check digits. Names are
found by what stands around them, never by a model. The room refuses to keep or print what it found: it names kinds,
not values.
"""
