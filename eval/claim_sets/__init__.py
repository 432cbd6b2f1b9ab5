"""Public sets of claims with passages and human labels, read in their published formats.

`catalogue` names the sets and reads them. This room refuses files that are not of their format; it judges nothing,
fetches nothing and changes no label.
"""
