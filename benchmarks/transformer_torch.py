"""Time the forward pass of MiniLM in PyTorch; run it where torch and transformers are installed.

python benchmarks/transformer_torch.py [FOLDER]
"""

import os
import platform
import sys
import time
from pathlib import Path

import torch
from transformers import BertModel

TOKENS = 17
REPEATS = 100
MACHINE = f"{platform.node()}, {platform.machine()}, {os.cpu_count()} cores"


def main() -> None:
    default = Path(os.environ.get("RIEMLEARN_CACHE", Path.home() / ".cache" / "riemlearn")) / "minilm"
    folder = sys.argv[1] if len(sys.argv) > 1 else default
    ids = torch.arange(2000, 2000 + TOKENS)[None]
    lines = [f"{MACHINE}, {torch.get_num_threads()} threads, torch {torch.__version__}"]
    for attention in ("sdpa", "eager"):
        model = BertModel.from_pretrained(folder, attn_implementation=attention, add_pooling_layer=False).eval()
        embeddings = model.embeddings.word_embeddings(ids).detach()
        times = []
        with torch.inference_mode():
            for _ in range(REPEATS):
                start = time.perf_counter()
                model(inputs_embeds=embeddings, output_hidden_states=True)
                times.append(time.perf_counter() - start)
        times.sort()
        least, median = 1e3 * times[0], 1e3 * times[REPEATS // 2]
        lines.append(f"forward, {attention:5}: least {least:.2f} ms, median {median:.2f} ms")
    print("\n".join(lines))  # after what transformers has to say


if __name__ == "__main__":
    main()
