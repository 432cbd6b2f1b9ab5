"""`python -m eval.bench`: our index beside LangChain FAISS, LlamaIndex with FAISS, and txtai.

The same texts, model, questions and machine; every system in calls of its own, run in turns, so that a busy machine
slows all alike. This room measures and writes docs/performance.md; it changes nothing of the product, and judges no
ranking: that is docs/retrieval.md.
"""
