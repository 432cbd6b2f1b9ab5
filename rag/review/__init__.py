"""Sign-off by a board: what a saved answer's evidence is worth today, and who has approved exactly which answer.

An approval is bound to a digest of the answer, its evidence, the index and the model; where any of them differs now, it
is void. It knows nothing of HTTP, and refuses a step that the order of the states does not have.
"""
