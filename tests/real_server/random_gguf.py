"""Writes a tiny llama of random weights as a GGUF file, for llama.cpp's server: it knows bytes and speaks nonsense.

    python tests/real_server/random_gguf.py FILE

Needs the packages `gguf` and `numpy`. The weights are drawn, not learned; only the characters that end strings, lists
and objects are made likelier, so that what a grammar lets it say comes to an end.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType

WIDTH, LAYERS, HEADS, FEED_FORWARD, READS = 64, 2, 4, 128, 32_768
ENDS = {'"': 34.0, "]": 8.0, "}": 0.5, "{": 3.0}
LOUD = 3.0
"""So that what is said depends on all that was said before: otherwise each letter would follow from the one before."""
TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"


def main(path: Path, seed: int) -> None:
    draw = np.random.default_rng(seed)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL, *[TokenType.BYTE] * 256]

    def weights(*shape: int) -> np.ndarray:
        return (draw.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)

    def written(*shape: int) -> np.ndarray:
        loud = weights(*shape) * LOUD
        loud[0] = 0.0
        return loud

    # The first place of every state stays 1, so that an output row can prefer its token whatever has been said.
    embedding = weights(len(tokens), WIDTH)
    embedding[:, 0] = 1.0
    output = weights(len(tokens), WIDTH) * 4.0
    output[:, 0] = 0.0
    for byte in range(256):
        likely = 0.0 if 97 <= byte <= 122 or byte == 32 else -90.0 if byte < 32 or byte > 126 else -9.0
        output[3 + byte, 0] = ENDS.get(chr(byte), likely)

    writer = GGUFWriter(str(path), "llama")
    writer.add_name("random")
    writer.add_context_length(READS)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(TEMPLATE)
    writer.add_tensor("token_embd.weight", embedding)
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", weights(WIDTH, WIDTH) * LOUD)
        writer.add_tensor(f"blk.{layer}.attn_output.weight", written(WIDTH, WIDTH))
        writer.add_tensor(f"blk.{layer}.ffn_gate.weight", weights(FEED_FORWARD, WIDTH))
        writer.add_tensor(f"blk.{layer}.ffn_up.weight", weights(FEED_FORWARD, WIDTH))
        writer.add_tensor(f"blk.{layer}.ffn_down.weight", written(WIDTH, FEED_FORWARD))
        writer.add_tensor(f"blk.{layer}.attn_norm.weight", np.ones(WIDTH, np.float32))
        writer.add_tensor(f"blk.{layer}.ffn_norm.weight", np.ones(WIDTH, np.float32))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    writer.add_tensor("output.weight", output)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
