#!/usr/bin/env python3
"""What torch and transformers need for the text networks at their real sizes: `benches/text.rs` measures
the same of ours, on the same inputs.

    python scripts/bench-text.py [THREADS]

Random weights, f32, no padding. Prints one JSON object: milliseconds, the least of some runs.
"""

import json
import os
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers as T

BATCHES, LENGTHS = (1, 8), (12, 32)
RUNS_S = 2.5


def least(run):
    run()
    times, until = [], time.perf_counter() + RUNS_S
    while time.perf_counter() < until or len(times) < 5:
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return round(min(times) * 1000, 2)


def encoders():
    t5 = T.T5Config(vocab_size=110_080, d_model=768, d_kv=64, d_ff=2048, num_layers=12, num_heads=12,
                    feed_forward_proj="gated-gelu")
    yield "AraT5", lambda: T.T5EncoderModel(t5)
    yield "BERT", lambda: T.BertModel(T.BertConfig(vocab_size=28_996), add_pooling_layer=False)
    clip = T.CLIPTextConfig(eos_token_id=49_407, bos_token_id=49_406)
    yield "CLIP", lambda: T.CLIPTextModelWithProjection(clip)


def marian():
    config = T.MarianConfig(
        vocab_size=62_834, d_model=512, encoder_layers=6, decoder_layers=6, encoder_attention_heads=8,
        decoder_attention_heads=8, encoder_ffn_dim=2048, decoder_ffn_dim=2048, max_position_embeddings=512,
        activation_function="swish", scale_embedding=True, pad_token_id=62_833, eos_token_id=0,
        decoder_start_token_id=62_833, forced_eos_token_id=0)
    return T.MarianMTModel(config).eval()


def main():
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    torch.manual_seed(1)
    found = {"torch": torch.__version__, "transformers": T.__version__, "threads": torch.get_num_threads()}
    with torch.inference_mode():
        for name, build in encoders():
            model = build().eval()
            for batch in BATCHES:
                for length in LENGTHS:
                    ids = torch.arange(batch * length).reshape(batch, length) * 7 % 20_000 + 3
                    ids[:, -1] = 49_407 if name == "CLIP" else 1
                    found[f"{name}/{batch}x{length}"] = least(lambda: model(input_ids=ids))
        model = marian()
        for length in LENGTHS:
            # An end that never comes by itself: translations of equal length on both sides.
            model.final_logits_bias[0, 0] = -1e4
            ids = torch.arange(length).reshape(1, length) * 7 % 20_000 + 3
            ids[:, -1] = 0
            model.generation_config = T.GenerationConfig(
                num_beams=4, max_length=length, pad_token_id=62_833, eos_token_id=0, decoder_start_token_id=62_833,
                forced_eos_token_id=0, bad_words_ids=[[62_833]])
            found[f"Marian, 4 beams/1x{length}"] = least(lambda: model.generate(ids))
            found[f"Marian, encoder/1x{length}"] = least(lambda: model.model.encoder(ids))
    print(json.dumps(found, indent=1))


main()
