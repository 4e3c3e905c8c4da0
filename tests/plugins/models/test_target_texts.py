"""Encoder-decoders answer tasks in words: contexts in the encoder, choices as targets."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from tests.models import tiny_seq2seq
from xharness import BadRequest, Continuation, Filled, Generation, LoadOptions, Slot, Slots, api
from xharness.engine.encoder_decoder_generation import TargetGenerator
from xharness.registry import Registry
from xharness.run.export.rescore import rescore
from xharness_plugins.models.causal import CAUSAL
from xharness_plugins.models.seq2seq import SEQ2SEQ

KINDS = ("mt5", "bart")
STARTS = {"mt5": (0,), "bart": (2, 0)}
LONGEST, POSITIONS = 64, 128
REQUESTS = [
    Continuation("The old harbour lies", " quiet in the morning"),
    Continuation("The old harbour lies", " quiet"),
    Continuation("The old harbour lies ", "quiet"),
    Continuation("祖父は", "舟を造り"),
    Continuation("", "Nobody knows"),
    Continuation("who? " * 300, "not even the mayor"),
]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {kind: tiny_seq2seq(folder / kind, kind) for kind in KINDS}


def load(path, **params):
    return SEQ2SEQ.load(
        path, "loglikelihood", None, {"max_length": LONGEST, **params}, LoadOptions(device="cpu", dtype="float32")
    )


def official(path):
    return AutoModelForSeq2SeqLM.from_pretrained(path).eval(), AutoTokenizer.from_pretrained(path)


def context_ids(tokenizer, text):
    if not text.strip():
        return [tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id]
    ids = tokenizer(text.rstrip())["input_ids"]
    if len(ids) <= LONGEST:
        return ids
    specials = [0] if ids[0] == tokenizer.bos_token_id else []
    return specials + ids[len(ids) - LONGEST + len(specials) :]


def plain(path, kind, request):
    """Score one target with one forward pass, without its end, as lm-evaluation-harness does."""
    model, tokenizer = official(path)
    target = tokenizer(request.text, add_special_tokens=False)["input_ids"]
    given = [*STARTS[kind], *target[:-1]]
    with torch.inference_mode():
        logits = model(
            input_ids=torch.tensor([context_ids(tokenizer, request.context)]), decoder_input_ids=torch.tensor([given])
        ).logits[0]
    scores = logits.float().log_softmax(-1)[len(STARTS[kind]) - 1 :]
    return sum(scores[place, token].item() for place, token in enumerate(target))


@pytest.mark.parametrize("kind", KINDS)
def test_log_likelihoods_are_those_of_plain_forward_passes(paths, kind):
    model = load(paths[kind])
    found = list(model.loglikelihood(iter(REQUESTS)))
    assert found == pytest.approx([plain(paths[kind], kind, request) for request in REQUESTS], rel=1e-4, abs=1e-4)
    about = model.describe()
    assert about["max_length"] == LONGEST
    assert sum(getattr(value, "shortened", False) for value in found) == 1
    assert about["target_start"] == {"mt5": ["<pad>"], "bart": ["</s>", "<s>"]}[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_those_that_the_library_writes(paths, kind):
    network, tokenizer = official(paths[kind])
    network.generation_config.forced_eos_token_id = None
    contexts = [request.context for request in REQUESTS]
    model = load(paths[kind])
    found = list(model.generate(Generation(context, ("zzz",), 8) for context in contexts))
    for context, text in zip(contexts, found, strict=True):
        more = len(STARTS[kind]) - 1
        with torch.inference_mode():
            made = network.generate(
                torch.tensor([context_ids(tokenizer, context)]), do_sample=False, num_beams=1, max_new_tokens=8 + more
            )[0].tolist()
        assert text.text == tokenizer.decode(made, skip_special_tokens=True).lstrip()
    assert any(text.text for text in found)


def test_a_stop_text_ends_what_is_written(paths):
    [free] = load(paths["bart"]).generate([Generation("The old harbour", (), 8)])
    stop = free.text[2:4]
    [written] = load(paths["bart"]).generate([Generation("The old harbour", (stop,), 8)])
    assert written.text == free.text[: free.text.index(stop)] and not written.cut


CHOICES = (" person\n", " place\n", " lake\n", " none\n")
WORDS = "The old harbour lies quiet in the morning and nobody knows why".split()


def filled(path, kind, request):
    """Choose token by token, computing the whole target for each, from the choice that has the likeliest next one."""
    network, tokenizer = official(path)

    def ids_of(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    context, given, chosen = context_ids(tokenizer, request.context), list(STARTS[kind]), []
    for slot in request.slots:
        given += ids_of(slot.before)
        choices = [ids_of(choice) for choice in slot.choices]
        left, depth = choices, 0
        while len(left) > 1:
            with torch.inference_mode():
                ids = torch.tensor([context]), torch.tensor([given])
                logits = network(input_ids=ids[0], decoder_input_ids=ids[1]).logits[0, -1]
            token = max({choice[depth] for choice in left}, key=lambda each: float(logits[each]))
            left = [choice for choice in left if choice[depth] == token]
            given.append(token)
            depth += 1
        given += left[0][depth:]
        chosen.append(choices.index(left[0]))
    return Filled(tuple(chosen))


@pytest.mark.parametrize("kind", KINDS)
def test_slots_are_filled_token_by_token(paths, kind):
    asked = [
        Slots(f"{start}:\n", tuple(Slot(f"{word}:", CHOICES) for word in WORDS[:count]))
        for start, count in (("Tags", 6), ("Words", 3))
    ]
    found = list(load(paths[kind]).fill_slots(asked))
    assert found == [filled(paths[kind], kind, each) for each in asked]


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_target_is_filled_in_parts_and_each_word_once(paths, kind):
    slots = tuple(Slot(f"{number}:", CHOICES) for number in range(100))
    model = load(paths[kind])
    parts = [form for form, _, _ in model.encode.forms(Slots("Tags:\n", slots))]
    assert sum(len(form.blanks) for form in parts) == 100 and len(parts) > 3
    longest = {"mt5": LONGEST, "bart": POSITIONS - 1}[kind]
    assert all(sum(blank.size for blank in form.blanks) <= longest for form in parts)
    [found, cut] = model.fill_slots([Slots("Tags:\n", slots), Slots("Tags. " * 300, slots[:2])])
    assert len(found.choices) == 100 and not found.shortened
    assert len(cut.choices) == 2 and cut.shortened


@pytest.mark.parametrize("kind", KINDS)
def test_beams_write_what_the_library_writes_with_them(paths, kind):
    network, tokenizer = official(paths[kind])
    network.generation_config.forced_eos_token_id = None
    contexts = [request.context for request in REQUESTS]
    model = load(paths[kind], beams=4)
    assert (model.generator.beams, type(load(paths[kind], beams=1).generator)) == (4, TargetGenerator)
    found = list(model.generate(Generation(context, ("zzz",), 8) for context in contexts))
    more = len(STARTS[kind]) - 1
    for context, text in zip(contexts, found, strict=True):
        with torch.inference_mode():
            ids = torch.tensor([context_ids(tokenizer, context)])
            made = network.generate(ids, do_sample=False, num_beams=4, max_new_tokens=8 + more)[0].tolist()
        assert text.text == tokenizer.decode(made, skip_special_tokens=True).lstrip()


def test_beams_enter_keys_only_where_there_are_several(paths, registry):
    own = {"model": str(paths["mt5"]), "tasks": ["mconala"], "source": "mini", "recipe": "as-is", "languages": ["ru"]}
    plans = [api.plan(api.build({**own, "params": params}), registry=registry)
             for params in ({}, {"beams": "1"}, {"beams": "5"})]  # fmt: skip
    plain, one, five = ({job.key for job in plan.jobs.values() if job.kind == "predict"} for plan in plans)
    assert plain == one
    assert not plain & five


def test_a_sentinel_asks_as_t5_was_trained(paths):
    path = paths["mt5"]
    network, tokenizer = official(path)
    sentinel = tokenizer.convert_tokens_to_ids("<extra_id_0>")
    context, target = (
        tokenizer("The old harbour")["input_ids"],
        tokenizer("lies", add_special_tokens=False)["input_ids"],
    )
    with torch.inference_mode():
        logits = network(
            input_ids=torch.tensor([[*context[:-1], sentinel, context[-1]]]),
            decoder_input_ids=torch.tensor([[0, sentinel, *target[:-1]]]),
        ).logits[0, 1:]
    expected = sum(logits.log_softmax(-1)[place, token].item() for place, token in enumerate(target))
    [found] = load(path, sentinel=True).loglikelihood([Continuation("The old harbour", " lies")])
    assert found == pytest.approx(expected, rel=1e-5)
    with pytest.raises(BadRequest, match="has no sentinel tokens"):
        load(paths["bart"], sentinel=True)


def test_a_chat_template_is_applied_where_it_is_asked_for(paths, tmp_path):
    folder = shutil.copytree(paths["mt5"], tmp_path / "chat")
    (folder / "chat_template.jinja").write_text("Q: {{ messages[0].content }} A:</s>", encoding="utf-8")
    [chatting] = load(folder, chat=True).loglikelihood([Continuation("The old harbour", " lies")])
    assert chatting == pytest.approx(plain(folder, "mt5", Continuation("Q: The old harbour A:", " lies")), rel=1e-5)


def test_a_folder_that_declares_translation_is_not_asked_in_words_by_default(paths, tmp_path):
    options = LoadOptions(device="cpu")
    words = {"loglikelihood", "generate", "fill_slots"}
    for path in paths.values():
        assert SEQ2SEQ.inspect(path, "x", None, options).ready == words | {"translate"}
    folder = shutil.copytree(paths["bart"], tmp_path / "languages")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"additional_special_tokens": ["en_XX", "sw_KE"]})
    model = AutoModelForSeq2SeqLM.from_pretrained(folder)
    model.resize_token_embeddings(len(tokenizer))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    assert SEQ2SEQ.inspect(folder, "x", None, options).ready == {"translate"}
    registry = Registry.load([], third_parties=False)
    wishes = {"model": str(folder), "tasks": ["xnli"], "source": "mini", "recipe": "as-is", "languages": ["sw"]}
    with pytest.raises(BadRequest, match=r"needs a checkpoint that can .*compute log-likelihoods.* without training"):
        api.plan(api.build(wishes), registry=registry)
    assert api.plan(api.build({**wishes, "way": "loglikelihood"}), registry=registry).predictions


def test_an_encoder_decoder_without_a_first_token_of_the_decoder_is_refused(paths, tmp_path):
    folder = shutil.copytree(paths["mt5"], tmp_path / "startless")
    for name in ("config.json", "generation_config.json"):
        content = json.loads((folder / name).read_text("utf-8"))
        content = {
            key: value for key, value in content.items() if key not in ("decoder_start_token_id", "bos_token_id")
        }
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BadRequest, match="no decoder_start_token_id"):
        load(folder)


@pytest.mark.parametrize("way", ["loglikelihood", "generate"])
@pytest.mark.parametrize("task", ["xnli", "xcopa"])
def test_tasks_are_run_from_plan_to_record(paths, tmp_path, task, way):
    registry = Registry.load([], third_parties=False)
    wishes = {"model": str(paths["mt5"]), "tasks": [task], "languages": ["sw"], "source": "mini", "recipe": "as-is"}
    request = api.build({**wishes, "limit": 8, "dtype": "float32", "way": None if way == "loglikelihood" else way})
    results = api.run(request, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    [cell] = results["cells"]
    assert (cell["way"]["name"], cell["way"]["words"]) == (way, f"{task}.english")
    assert results["run"]["model"]["adapter"] == "seq2seq"
    assert results["run"]["model"]["architecture"] == "MT5ForConditionalGeneration"
    rows = [json.loads(line) for line in (tmp_path / "out" / cell["predictions"]).read_text("utf-8").splitlines()]
    assert len(rows) == 8
    if way == "loglikelihood" and task == "xnli":
        assert [row["prediction"] for row in rows] == most_likely(paths["mt5"], registry, task)
    _, again = rescore(tmp_path / "out", registry)
    assert again["cells"][0]["metrics"] == cell["metrics"]


def test_words_are_tagged_from_plan_to_record(paths, tmp_path, registry):
    wishes = {"model": str(paths["mt5"]), "tasks": ["panx"], "languages": ["sw"], "source": "mini", "recipe": "as-is"}
    request = api.build({**wishes, "limit": 8, "dtype": "float32"})
    results = api.run(request, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    [cell] = results["cells"]
    assert (cell["status"], cell["way"]["name"], cell["n"]) == ("ok", "lines", 8), cell["reason"]


def most_likely(path, registry, name):
    from xharness import DataOptions

    task, (_, words) = registry.get("tasks", name), registry.prompts(name)[0].template("sw")
    rows = registry.get("sources", "mini").load(task, "sw", "test", DataOptions()).select(range(8))

    def score(row, label):
        request = Continuation(words.context.format(**row), words.choices[label].format(**row))
        options = LoadOptions(device="cpu", dtype="float32", exact=True)
        [found] = SEQ2SEQ.load(path, "loglikelihood", None, {}, options).loglikelihood([request])
        return found

    return [max(task.labels, key=lambda label: score(row, label)) for row in rows]


def test_the_adapter_of_decoders_leaves_encoder_decoders(paths):
    assert [CAUSAL.claims(path) for path in paths.values()] == [None, None]
    assert [SEQ2SEQ.claims(path) for path in paths.values()] == [10, 10]


@pytest.mark.parametrize("kind", KINDS)
def test_a_passage_loses_its_end_and_the_question_stays(paths, kind):
    encode = load(paths[kind]).encode
    context = f"read {'the old harbour ' * 60}who lies?"
    passage = (5, context.index("who"))
    [(ask, cut)] = encode.prompts([Generation(context, passage=passage)])
    _, tokenizer = official(paths[kind])
    read = tokenizer.decode(ask.prompt, skip_special_tokens=True).strip()
    assert cut and len(ask.prompt) <= LONGEST
    assert read.startswith("read the old harbour") and read.endswith("who lies?")
