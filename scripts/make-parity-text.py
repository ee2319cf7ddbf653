#!/usr/bin/env python3
"""Numbers that `src/models/text` is tested against, beyond the four networks' plain outputs.

    python scripts/make-parity-text.py tests/data/parity

Needs torch, transformers (5.24) and safetensors, and the folders `bert`, `clip_text_proj`, `t5_encoder`
and `marian` of the destination. Writes there
- `marian_beam/`: a small Marian, taught a little of a made-up language, and what `generate` gives for it, by beams and greedily;
- `*/grads.json`: of each network, the gradient of a fixed loss by every parameter, as [norm, sum].
Everything is drawn from fixed seeds: a second run writes the same numbers.
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from safetensors.torch import load_file

PAD, EOS = 59, 0


def teach(model, seed):
    """Some steps of a made-up language, so that a search has real choices and ends of its own accord:
    each word has two translations, and one word in five is left out."""
    generator = torch.Generator().manual_seed(seed)
    draw = lambda high, *shape: torch.randint(0, high, shape, generator=generator)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() > 1 and "embed_positions" not in name:
                p.copy_(torch.randn(p.shape, generator=generator) * (0.3 if "shared" in name else 0.25))
        # The padding is likely, so that a search that does not forbid it shows.
        model.final_logits_bias.copy_(torch.randn(model.final_logits_bias.shape, generator=generator) * 0.3)
        model.final_logits_bias[0, PAD] += 2.0
    words = PAD - 1
    pairs = draw(words, words, 2) + 1
    optimiser = torch.optim.AdamW(model.parameters(), lr=6e-3)
    for _ in range(700):
        lengths = (draw(11, 24) + 1).tolist()
        rows = [(draw(words, n) + 1).tolist() for n in lengths]
        said = [[pairs[w - 1, draw(2, 1).item()].item() for w in row if draw(5, 1).item()] for row in rows]
        ids, mask = padded([row + [EOS] for row in rows])
        labels, real = padded([row + [EOS] for row in said])
        loss = model(input_ids=ids, attention_mask=mask, labels=labels.masked_fill(real == 0, -100)).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    print(f"loss of the made-up language after teaching: {loss.item():.3f}")


def padded(rows):
    width = max(map(len, rows))
    ids = torch.tensor([row + [PAD] * (width - len(row)) for row in rows])
    return ids, torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])


def beam_model():
    config = transformers.MarianConfig(
        vocab_size=60, decoder_vocab_size=60, d_model=16, encoder_layers=1, decoder_layers=2,
        encoder_attention_heads=2, decoder_attention_heads=4, encoder_ffn_dim=24, decoder_ffn_dim=20,
        max_position_embeddings=48, activation_function="swish", scale_embedding=True, pad_token_id=PAD,
        eos_token_id=EOS, bos_token_id=EOS, decoder_start_token_id=PAD, forced_eos_token_id=EOS, dropout=0.0)
    model = transformers.MarianMTModel(config).eval().float()
    teach(model, 11)
    return model


def sources(seed, lengths):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(1, PAD, (n - 1,), generator=generator).tolist() + [EOS] for n in lengths]


def beam_cases(model):
    base = dict(num_beams=4, length_penalty=1.0, early_stopping=False, max_length=16, bad_words_ids=[[PAD]],
                forced_eos_token_id=EOS, no_repeat_ngram_size=0, renormalize_logits=False)
    options = [
        {}, dict(early_stopping=True), dict(early_stopping="never"), dict(length_penalty=0.0),
        dict(length_penalty=2.0), dict(length_penalty=-0.7), dict(length_penalty=0.6, early_stopping="never"),
        dict(length_penalty=1.6, early_stopping=True), dict(num_beams=1), dict(num_beams=2), dict(num_beams=6),
        dict(max_length=5), dict(max_length=4, forced_eos_token_id=None), dict(no_repeat_ngram_size=2),
        dict(no_repeat_ngram_size=1, num_beams=1), dict(renormalize_logits=True),
        dict(bad_words_ids=None), dict(bad_words_ids=None, num_beams=1), dict(bad_words_ids=[[PAD], [17, 4], [9]]),
        dict(num_beams=1, max_length=6), dict(max_length=40), dict(max_length=40, early_stopping=True, length_penalty=1.4),
    ]
    batches = [sources(seed, lengths) for seed, lengths in
               [(1, [5]), (2, [9]), (3, [2]), (4, [14]), (5, [7, 3, 11, 5]), (6, [12, 12, 4]), (7, [1, 20])]]
    for option in options:
        settings = base | option
        # Single sentences, then padded batches.
        for batch in batches:
            ids, mask = padded(batch)
            model.generation_config = transformers.GenerationConfig(
                pad_token_id=PAD, eos_token_id=EOS, decoder_start_token_id=PAD, do_sample=False, **settings)
            with torch.no_grad():
                out = model.generate(ids, attention_mask=mask, return_dict_in_generate=True, output_scores=True)
            rows = []
            for row in out.sequences.tolist():
                end = next((i for i in range(1, len(row)) if row[i] == EOS), len(row) - 1)
                rows.append(row[: end + 1])
            scores = out.sequences_scores.tolist() if settings["num_beams"] > 1 else None
            yield dict(settings=settings, sources=batch, targets=rows, scores=scores)


def beams(folder):
    os.makedirs(folder, exist_ok=True)
    model = beam_model()
    model.save_pretrained(folder, safe_serialization=True)
    cases = list(beam_cases(model))
    lines = ",\n".join(json.dumps(case) for case in cases)
    open(f"{folder}/generate.json", "w").write(f"[\n{lines}\n]\n")
    lengths = sorted({len(row) for case in cases for row in case["targets"]})
    print(f"{folder}: {len(cases)} cases, targets of {lengths} tokens")


def gradients(folder, model, output):
    """Of `sum(output · sin(0, 1, 2, …))`."""
    out = output(model.eval())
    weights = torch.sin(torch.arange(out.numel(), dtype=torch.float32)).reshape(out.shape)
    loss = (out * weights).sum()
    loss.backward()
    found = {name: [p.grad.norm().item(), p.grad.sum().item()]
             for name, p in model.named_parameters() if p.grad is not None}
    rows = ",\n".join(f" {json.dumps(name)}: {json.dumps(values)}" for name, values in sorted(found.items()))
    open(f"{folder}/grads.json", "w").write(f'{{\n "loss": {loss.item()!r},\n "gradients": {{\n{rows}\n}}}}\n')
    print(f"{folder}: {len(found)} gradients, loss {loss.item():.6f}")


def main(root):
    torch.set_num_threads(1)
    beams(f"{root}/marian_beam")
    read = lambda name: load_file(f"{root}/{name}/io.safetensors")
    load = lambda kind, name, **more: kind.from_pretrained(f"{root}/{name}", **more)
    x = read("bert")
    gradients(f"{root}/bert", load(transformers.BertModel, "bert", add_pooling_layer=False), lambda m: m(
        input_ids=x["in.input_ids"], attention_mask=x["in.attention_mask"], token_type_ids=x["in.token_type_ids"]).last_hidden_state)
    y = read("t5_encoder")
    gradients(f"{root}/t5_encoder", load(transformers.T5EncoderModel, "t5_encoder"), lambda m: m(
        input_ids=y["in.input_ids"], attention_mask=y["in.attention_mask"]).last_hidden_state)
    z = read("clip_text_proj")
    gradients(f"{root}/clip_text_proj", load(transformers.CLIPTextModelWithProjection, "clip_text_proj"),
              lambda m: m(input_ids=z["in.input_ids"]).text_embeds)
    w = read("marian")
    gradients(f"{root}/marian", all_rows_learn(load(transformers.MarianMTModel, "marian")), lambda m: m(
        input_ids=w["in.input_ids"], decoder_input_ids=w["in.decoder_input_ids"]).logits)


def all_rows_learn(model):
    """torch keeps the padding's vector as it is, which is also the one that translations begin with."""
    for part in (model.model.encoder, model.model.decoder):
        part.embed_tokens.padding_idx = None
    return model


main(sys.argv[1])
