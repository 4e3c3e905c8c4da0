"""A causal language model answers tasks by log-likelihood."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.models import tiny_checkpoint, tiny_decoder
from tests.plugins.models.tiny import with_head
from xharness import (
    BadRequest,
    Continuation,
    Filled,
    Generation,
    LoadOptions,
    ShortenedScore,
    Slot,
    Slots,
    api,
)
from xharness.registry import Registry
from xharness_leaderboard.board import build
from xharness_leaderboard.records import read_all
from xharness_leaderboard.validation import validate
from xharness_plugins.models.causal import CAUSAL
from xharness_plugins.models.checkpoint_files import chat_template

REQUESTS = [
    Continuation("The old harbour lies", " quiet in the morning"),
    Continuation("The old harbour lies", " quiet"),
    Continuation("The old harbour lies ", "quiet"),
    Continuation("祖父は", "舟を造り"),
    Continuation("", "Nobody knows"),
    Continuation("who? " * 300, "not even the mayor"),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tiny_decoder(tmp_path_factory.mktemp("models") / "decoder")


def load(path, **params):
    return CAUSAL.load(path, "loglikelihood", None, params, LoadOptions(device="cpu", dtype="float32"))


def plain(path, request, longest=256):
    """Tokenise and score as lm-evaluation-harness does: one sequence, and the tokens after those of the context."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(path).eval(), AutoTokenizer.from_pretrained(path)
    context = request.context.rstrip()
    text = request.context[len(context) :] + request.text
    before = tokenizer.encode(context, add_special_tokens=False)
    whole = tokenizer.encode(context + text, add_special_tokens=False)
    continuation = whole[len(before) :]
    ids = ((before or [tokenizer.bos_token_id]) + continuation)[-(longest + 1) :]
    with torch.inference_mode():
        scores = model(torch.tensor([ids[:-1]])).logits[0].float().log_softmax(-1)
    return sum(scores[-len(continuation) + n, token].item() for n, token in enumerate(continuation))


def test_log_likelihoods_are_those_of_plain_forward_passes(path):
    model = load(path)
    found = list(model.loglikelihood(iter(REQUESTS)))
    assert found == pytest.approx([plain(path, request) for request in REQUESTS], abs=1e-4)
    assert found[1] == found[2]  # a space at the end of a context belongs to what follows
    assert [isinstance(each, ShortenedScore) for each in found] == [False] * 5 + [True]


def test_a_prompt_that_is_too_long_loses_its_beginning_and_is_counted(path):
    whole, short = load(path), load(path, max_length=40)
    asked = [Generation("who? " * 300, most=8), Generation("who?", most=8)]
    ids = whole.encode.prompts(asked)[0][0].prompt
    assert short.encode.prompts(asked)[0][0].prompt == ids[-32:]
    assert [text.shortened for text in short.generate(iter(asked))] == [True, False]


def test_a_decoder_is_taken_by_this_adapter_and_an_encoder_is_not(path, tmp_path):
    registry = Registry.load([], third_parties=False)
    request = api.build({"model": str(path), "tasks": ["xnli"], "source": "mini", "recipe": "as-is"})
    assert api.plan(request, registry=registry).resolved.model.name == "causal"
    assert CAUSAL.claims(tiny_checkpoint(tmp_path / "encoder")) is None


def test_xnli_is_answered_as_the_most_likely_words_say(path, tmp_path):
    registry = Registry.load([], third_parties=False)
    wishes = {"model": str(path), "tasks": ["xnli"], "languages": ["sw"], "source": "mini", "recipe": "as-is"}
    request = api.build({**wishes, "limit": 12, "dtype": "float32"})
    results = api.run(request, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    [cell] = results["cells"]
    assert cell["way"] == {"name": "loglikelihood", "version": 1, "prompt": 1, "words": "xnli.english", "language": "*"}
    task, source = registry.get("tasks", "xnli"), registry.get("sources", "mini")
    _, words = registry.prompts("xnli")[0].template("sw")
    from xharness import DataOptions

    rows = source.load(task, "sw", "test", DataOptions()).select(range(12))
    expected = [
        max(task.labels, key=lambda label: plain(path, request_of(words, row, label), longest=256)) for row in rows
    ]
    lines = (tmp_path / "out" / cell["predictions"]).read_text("utf-8").splitlines()
    assert [json.loads(line)["prediction"] for line in lines] == expected


def request_of(words, row, label):
    return Continuation(words.context.format(**row), words.choices[label].format(**row))


def ways(path, **wishes):
    """Return the ways that a plan for Swahili XNLI asks in."""
    registry = Registry.load([], third_parties=False)
    request = api.build({"model": str(path), "tasks": ["xnli"], "languages": ["sw"], "source": "mini"} | wishes)
    return [
        job.stage.params.way
        for job in api.plan(request, registry=registry).jobs.values()
        if job.stage.kind == "predict"
    ]


def test_a_decoder_gets_a_head_by_default_and_is_asked_in_words_as_it_is(path):
    assert ways(path) == [None]
    assert ways(path, recipe="as-is") == [("loglikelihood", 1)]
    assert ways(path, way="head") == [None]
    assert ways(path, recipe="as-is", way="generate") == [("generate", 1)]


def test_a_way_that_does_not_fit_the_recipe_is_refused_before_any_work(path, tmp_path):
    with pytest.raises(BadRequest, match="--way head: LlamaForCausalLM has no head for task 'xnli' and recipe 'as-is'"):
        ways(path, recipe="as-is", way="head")
    assert ways(path, way="loglikelihood") == [("loglikelihood", 1)]  # the training is in words too
    names = ("contradiction", "entailment", "neutral")
    with_head(path, tmp_path / "head", "classify", names)
    assert ways(tmp_path / "head", recipe="as-is") == [None]
    with pytest.raises(BadRequest, match="LlamaForSequenceClassification cannot compute log-likelihoods"):
        ways(tmp_path / "head", recipe="as-is", way="loglikelihood")


def test_a_run_fine_tunes_a_decoder_and_searches_with_its_vectors(path, tmp_path):
    registry = Registry.load([], third_parties=False)
    wishes = {"model": str(path), "tasks": ["xnli", "tatoeba"], "languages": ["sw"], "source": "mini", "limit": 12}
    request = api.build({**wishes, "dtype": "float32", "params": {"pooling": "last", "epochs": "0.1"}})
    results = api.run(request, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    found = {cell["task"]: cell for cell in results["cells"]}
    assert found["xnli"]["way"] is None
    assert (found["xnli"]["model"]["architecture"], found["tatoeba"]["model"]["pooling"]) == (
        "LlamaForSequenceClassification",
        "last",
    )
    for cell in found.values():
        assert "pad_token_missing" in [each["code"] for each in cell["caveats"]]


def test_a_chat_template_is_applied_where_it_is_asked_for(path, tmp_path):
    folder = tmp_path / "chat"
    shutil.copytree(path, folder)
    (folder / "chat_template.jinja").write_text("<|start|>{{ messages[0].content }}<|end|>", encoding="utf-8")
    values = CAUSAL.params["chat"].type("yes")
    asked = Continuation("The old harbour", " lies quiet")
    [plainly] = load(folder).loglikelihood([asked])
    model = load(folder, chat=values)
    [chatting] = model.loglikelihood([asked])
    assert model.describe()["chat"] is True
    assert plainly == pytest.approx(plain(path, asked), abs=1e-4)
    wrapped = Continuation(f"<|start|>{asked.context}<|end|>", asked.text)
    assert chatting == pytest.approx(plain(path, wrapped), abs=1e-4) != plainly
    with pytest.raises(ValueError, match="must be yes or no"):
        CAUSAL.params["chat"].type("maybe")


def length(path, text):
    return len(AutoTokenizer.from_pretrained(path)(text)["input_ids"])


def written(model, context, **more):
    [text] = model.generate([Generation(context, ("\n",), 8, **more)])
    return text


def test_a_passage_that_is_too_long_loses_its_end_and_the_question_stays(path):
    model = load(path)
    passage, before, after = "The ferry leaves at dawn. " * 60, "Read.\n", "\nQuestion: when?\nAnswer:"
    tokenizer = AutoTokenizer.from_pretrained(path)
    kept = max(n for n in range(900) if len(tokenizer(before + passage[:n] + after)["input_ids"]) <= 256 - 8)
    assert kept < 899
    whole = written(model, before + passage + after, passage=(len(before), len(before) + len(passage)))
    assert whole.text == written(model, before + passage[:kept] + after).text
    assert whole.shortened
    assert not written(model, before + passage[:kept] + after).shortened
    assert written(model, before + passage[: kept + 1] + after).shortened


def test_a_question_that_is_too_long_without_its_passage_loses_its_beginning(path):
    question = "when? " * 300
    request = Generation(question + "passage", most=8, passage=(len(question), len(question) + 7))
    [(ask, shortened)] = load(path).encode.prompts([request])
    assert list(ask.prompt) == AutoTokenizer.from_pretrained(path)(question)["input_ids"][-248:]
    assert shortened


CHOICES = (" noun\n", " name\n", " verb\n")


def constrained(path, context, slots, longest=256):
    """Choose byte by byte, computing the whole text for each."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(path).eval(), AutoTokenizer.from_pretrained(path)
    ids, chosen = tokenizer(context)["input_ids"], []
    for slot in slots:
        ids += tokenizer(slot.before)["input_ids"]
        left = [tokenizer(choice)["input_ids"] for choice in slot.choices]
        depth = 0
        while len(left) > 1:
            with torch.inference_mode():
                logits = model(torch.tensor([ids[-longest:]])).logits[0, -1]
            token = max(sorted({choice[depth] for choice in left}), key=lambda each: float(logits[each]))
            left = [choice for choice in left if choice[depth] == token]
            ids.append(token)
            depth += 1
        ids += left[0][depth:]
        chosen.append([tokenizer(choice)["input_ids"] for choice in slot.choices].index(left[0]))
    return Filled(tuple(chosen))


def test_slots_are_filled_token_by_token(path):
    words = "Die alte Frau sah das Meer".split()
    asked = [Slots(f"{start}:\n", tuple(Slot(f"{word}:", CHOICES) for word in words)) for start in ("Tags", "Words")]
    assert list(load(path).fill_slots(asked)) == [constrained(path, each.context, each.slots) for each in asked]


def test_a_long_sentence_is_tagged_in_parts_and_each_word_once(path):
    slots = tuple(Slot(f"{number}:", CHOICES) for number in range(100))
    context = "Tags of numbers:\n"
    [found, none] = load(path).fill_slots([Slots(context, slots), Slots(context, ())])
    assert len(found.choices) == 100
    assert not found.shortened
    assert none == Filled(())
    sizes = [length(path, slot.before) + max(length(path, choice) for choice in CHOICES) for slot in slots]
    count = max(n for n in range(100) if sum(sizes[:n]) <= 256 - length(path, context))
    again = list(load(path).fill_slots([Slots(context, slots[:count]), Slots(context, slots[count : count + 15])]))
    assert found.choices[: count + 15] == again[0].choices + again[1].choices
    [cut] = load(path).fill_slots([Slots("Tags. " * 300, slots)])
    assert len(cut.choices) == 100
    assert cut.shortened


def chatting(path, folder, template):
    shutil.copytree(path, folder)
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    return folder


def cell_of(model, tmp_path, **params):
    wishes = {"model": str(model), "tasks": ["xnli"], "languages": ["sw"], "source": "mini", "recipe": "as-is"}
    request = api.build({**wishes, "limit": 2, "params": params})
    registry = Registry.load([], third_parties=False)
    out = tmp_path / f"out-{model.name}-{len(params)}"
    [cell] = api.run(request, registry=registry, out=out, store=tmp_path / "store")["cells"]
    return cell, out


def test_a_chat_template_is_in_record_signature_key_and_entry_of_a_leaderboard(path, tmp_path):
    one = chatting(path, tmp_path / "one", "<|start|>{{ messages[0].content }}<|end|>")
    two = chatting(path, tmp_path / "two", "{{ messages[0].content }}?")
    cells = [
        cell_of(model, tmp_path, **params)
        for model, params in ((one, {}), (one, {"chat": "yes"}), (two, {"chat": "yes"}))
    ]
    ways = [cell["way"] for cell, _ in cells]
    assert "chat" not in ways[0]
    assert len({way.get("chat") for way in ways}) == 3
    assert len({cell["artifacts"]["predict"] for cell, _ in cells}) == 3
    signature = cells[1][0]["metrics"]["accuracy"]["signature"]
    assert signature.endswith(f"|way:loglikelihood.1|prompt:xnli.english.1|chat:{ways[1]['chat']}")
    runs, refused = read_all([out for _, out in cells])
    content = build(runs, {"xnli": Registry.load([], third_parties=False).get("tasks", "xnli")}, {})
    validate(content)
    assert not refused
    assert {entry["ways"]["xnli"].get("chat") for entry in content["entries"]} == {way.get("chat") for way in ways}


def test_a_chat_template_that_is_missing_is_named(path):
    request = api.build(
        {"model": str(path), "tasks": ["xnli"], "source": "mini", "recipe": "as-is", "params": {"chat": "yes"}}
    )
    with pytest.raises(BadRequest, match=r"chat=yes: the tokenizer of .* has no chat template .*leave it out"):
        api.plan(request, registry=Registry.load([], third_parties=False))


@pytest.mark.parametrize(
    "declared",
    ["{{ messages }}", [{"name": "tool", "template": "x"}, {"name": "default", "template": "{{ messages }}"}]],
)
def test_a_chat_template_in_the_configuration_of_a_tokenizer_is_found(tmp_path, declared):
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": declared}), encoding="utf-8")
    assert chat_template(tmp_path) == "{{ messages }}"
