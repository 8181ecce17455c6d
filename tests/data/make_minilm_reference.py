"""Make minilm_reference.npz: hidden states of MiniLM by the reference implementation in float64.

Run where torch and transformers are installed:  python tests/data/make_minilm_reference.py FOLDER_OF_MINILM
"""

import sys
from pathlib import Path

import numpy as np
import torch
import transformers

SENTENCES = (
    "The bank by the river was steep, but the bank in town was closed.",
    "A dog is not a cat.",
)
COORDINATES = np.arange(5, 384, 9)


def main() -> None:
    folder = sys.argv[1]
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.BertModel.from_pretrained(folder, attn_implementation="eager").double().eval()
    arrays = {"sentences": np.array(SENTENCES), "coordinates": COORDINATES}
    for i, sentence in enumerate(SENTENCES):
        ids = tokenizer(sentence, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            states = torch.stack(model(ids, output_hidden_states=True).hidden_states)[:, 0].numpy()
        arrays[f"ids_{i}"] = ids[0].numpy()
        arrays[f"tokens_{i}"] = np.array(tokenizer.convert_ids_to_tokens(ids[0]))
        arrays[f"states_{i}"] = states[:, :, COORDINATES]
        # a sum over all coordinates, so that none is left out
        arrays[f"norms_{i}"] = np.linalg.norm(states, axis=-1)
    arrays["made_by"] = np.array(f"torch {torch.__version__}, transformers {transformers.__version__}")
    out = Path(__file__).with_name("minilm_reference.npz")
    np.savez_compressed(out, **arrays)
    print(out, out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
