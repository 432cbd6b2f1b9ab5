"""The network: a BERT encoder that reads evidence and claim together, and a head over what it makes of the claim."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel

RELATION_COUNT = 3


class ClaimNetwork(nn.Module):  # type: ignore[misc]  # torch is not followed by mypy
    """Evidence as the first segment, claim as the second; logits in the order supports, neutral, refutes.

    The head sees the first token, and the mean and the maximum over the claim's own tokens: one claim word that the
    evidence does not carry must be able to decide, however many are carried. `outputs`: another number of labels, for
    another reading of two texts.
    """

    def __init__(self, backbone: nn.Module, width: int, dropout: float = 0.1, outputs: int = RELATION_COUNT) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(3 * width, outputs)
        # Some encoders (MPNet) know no segments: which tokens are the claim's, only the head is told.
        self._segments = getattr(backbone.config, "type_vocab_size", 0) > 1

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Logits of shape (pairs, 3) from token ids, mask and segments of shape (pairs, tokens)."""
        segments = {"token_type_ids": token_type_ids} if self._segments else {}
        states = self.backbone(input_ids=input_ids, attention_mask=attention_mask, **segments).last_hidden_state
        claim = (attention_mask * token_type_ids).unsqueeze(-1).to(states.dtype)
        mean = (states * claim).sum(1) / claim.sum(1).clamp(min=1.0)
        highest = (states - 1e4 * (1.0 - claim)).amax(1)
        logits: torch.Tensor = self.head(self.dropout(torch.cat([states[:, 0], mean, highest], dim=-1)))
        return logits


def new_network(folder: Path, seed: int, *, outputs: int = RELATION_COUNT) -> ClaimNetwork:
    """The network over the encoder of a folder, with a head drawn by the seed.

    Word embeddings stay as they are: half of all weights, seen too seldom here to be bettered. There is no dropout
    below the head, and attention is computed step by step: together that halves the time of a step on a CPU.
    """
    torch.manual_seed(seed)
    backbone = AutoModel.from_pretrained(
        folder,
        local_files_only=True,
        add_pooling_layer=False,
        attn_implementation="eager",
        attention_probs_dropout_prob=0.0,
        hidden_dropout_prob=0.0,
    )
    backbone.embeddings.word_embeddings.weight.requires_grad_(False)
    return ClaimNetwork(backbone, backbone.config.hidden_size, outputs=outputs)
