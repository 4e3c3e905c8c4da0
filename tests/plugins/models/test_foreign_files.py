"""Small files of a checkpoint that are damaged, hostile or of another form: a plan, or one line that says what."""

from __future__ import annotations

import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.foreign import mutated
from tests.models import tiny_checkpoint
from xharness import BadRequest, LoadOptions, api
from xharness_plugins.models.checkpoint import Checkpoint

HEAD = {"architectures": ["XLMRobertaForSequenceClassification"]}
MODULE = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}
POOLING = {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return tiny_checkpoint(tmp_path_factory.mktemp("plain") / "xlmr", hidden=32)


@pytest.fixture(scope="module")
def whole(plain, tmp_path_factory):
    """Return a folder for each form of a checkpoint: full, with a head, in shards, sentence-transformers, updates."""
    root = tmp_path_factory.mktemp("whole")
    folders = {name: shutil.copytree(plain, root / name) for name in ("full", "head", "shards", "st", "updates")}
    change(
        folders["head"] / "config.json", **HEAD, id2label={"0": "no", "1": "yes", "2": "maybe"}, xharness_pooling=None
    )
    (folders["shards"] / "model.safetensors").rename(folders["shards"] / "a.safetensors")
    change(folders["shards"] / "model.safetensors.index.json", weight_map={"x": "a.safetensors"}, metadata={})
    write(folders["st"] / "modules.json", [MODULE, POOLING])
    change(folders["st"] / "config_sentence_transformers.json", prompts={"query": "q: "}, default_prompt_name="query")
    change(folders["st"] / "sentence_bert_config.json", max_seq_length=64, do_lower_case=False)
    shutil.copy(plain / "model.safetensors", folders["updates"] / "adapter_model.safetensors")
    change(folders["updates"] / "adapter_config.json", base_model_name_or_path=str(plain), peft_type="LORA", r=4)
    return folders


def write(file, content):
    file.write_text(json.dumps(content), encoding="utf-8")


def change(file, **changes):
    write(file, (json.loads(file.read_text("utf-8")) if file.exists() else {}) | changes)


def plan(path, registry, recipe="zero-shot"):
    wishes = {"model": str(path), "source": "mini", "tasks": ["xnli"], "languages": ["sw"], "recipe": recipe}
    return api.plan(api.build(wishes), registry)


def refusal(path, registry, recipe="zero-shot"):
    """Return the one line of a refused checkpoint, without the folder; None if it is planned."""
    try:
        plan(path, registry, recipe)
    except BadRequest as error:
        line = str(error)
        assert len(line.splitlines()) == 1 and line.encode()
        return line.replace(f"{path}/", "")
    return None


def test_every_form_is_planned_as_it_is(whole, registry):
    assert [name for name, path in whole.items() if refusal(path, registry)] == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id2label": {"a": "b"}}, "id2label: expected an object with the indexes of classes as keys, got {'a': 'b'}"),
        ({"id2label": ["b"]}, "id2label: expected an object with the indexes of classes as keys, got ['b']"),
        ({"id2label": {"0": "b", "2": "c"}}, "id2label: expected the keys 0 to 1, got 0, 2"),
        ({"id2label": {"0": ["b"]}}, "id2label > 0: expected a text in valid Unicode or a number of at least 0, got"),
        ({"model_type": ["bert"]}, "model_type: expected a text in one line, got ['bert']"),
        ({"architectures": {"a": 1}}, "architectures: expected a list, got {'a': 1}"),
        ({"architectures": "Bert"}, "architectures: expected a list, got 'Bert'"),
        ({"hidden_size": "big"}, "hidden_size: expected a whole number from 0 to 1,000,000,000, got 'big'"),
        ({"hidden_size": -1}, "hidden_size: expected a whole number from 0 to 1,000,000,000, got -1"),
        ({"num_hidden_layers": 10**30}, "num_hidden_layers: expected a whole number from 0 to 1,000,000,000, got 1000"),
        (
            {"num_hidden_layers": float("nan")},
            "num_hidden_layers: expected a whole number from 0 to 1,000,000,000, got",
        ),
        ({"vocab_size": [1]}, "vocab_size: expected a whole number from 0 to 1,000,000,000, got [1]"),
        ({"pad_token_id": 600}, "max_position_embeddings is too small: it leaves no token after pad_token_id"),
        ({"is_decoder": "false"}, "is_decoder: expected true or false, got 'false'"),
        ({"auto_map": "x"}, "auto_map: expected an object, got 'x'"),
        ({"xharness_pooling": "max"}, "xharness_pooling: expected mean or cls or last or pooler, got 'max'"),
    ],
)
def test_a_config_with_another_form(whole, tmp_path, registry, changes, problem):
    path = shutil.copytree(whole["head"], tmp_path / "head")
    change(path / "config.json", **changes)
    assert refusal(path, registry).startswith(f"config.json: {problem}")


@pytest.mark.parametrize(
    ("form", "file", "content", "problem"),
    [
        ("full", "tokenizer_config.json", {"model_max_length": "512"}, "model_max_length: expected a number of at"),
        ("full", "tokenizer_config.json", {"model_max_length": -4}, "model_max_length: expected a number of at least"),
        ("full", "tokenizer_config.json", [], "expected an object, got []"),
        ("shards", "model.safetensors.index.json", {"weight_map": ["a"]}, "weight_map: expected an object, got ['a']"),
        ("shards", "model.safetensors.index.json", {"weight_map": {"x": 3}}, "weight_map > x: expected a path, got 3"),
        ("shards", "model.safetensors.index.json", {}, "expected an object with weight_map, got {}"),
        ("shards", "model.safetensors.index.json", {"weight_map": {"x": "a.bin"}}, "expected shards that end with"),
        ("shards", "model.safetensors.index.json", {"weight_map": {"x": "../b.safetensors"}}, "missing shards: b.saf"),
        ("st", "modules.json", [MODULE | {"path": 3}], "item 1 > path: expected a path, got 3"),
        ("st", "modules.json", [MODULE | {"path": "a" * 300}], "item 1 > path: expected a path, got 'aaa"),
        ("st", "modules.json", [{}], "item 1: expected an object with path and type, got {}"),
        ("st", "config_sentence_transformers.json", {"prompts": ["x"]}, "prompts: expected an object, got ['x']"),
        (
            "st",
            "config_sentence_transformers.json",
            {"default_prompt_name": "z"},
            "default_prompt_name: expected a ",
        ),
        ("st", "sentence_bert_config.json", {"max_seq_length": "64"}, "max_seq_length: expected a whole number from 1"),
        ("updates", "adapter_config.json", {"base_model_name_or_path": 3}, "base_model_name_or_path: expected a path"),
        (
            "updates",
            "adapter_config.json",
            {"base_model_name_or_path": "/" + "a" * 300},
            "base_model_name_or_path: e",
        ),
    ],
)
def test_another_file_with_another_form(whole, tmp_path, registry, form, file, content, problem):
    path = shutil.copytree(whole[form], tmp_path / form)
    write(path / file, content)
    assert refusal(path, registry).startswith(f"{file}: {problem}")


@pytest.mark.parametrize("form", ["full", "st"])
def test_a_module_or_a_tokenizer_that_is_not_there(whole, tmp_path, registry, form):
    path = shutil.copytree(whole[form], tmp_path / form)
    for place in ("nowhere", "config.json"):
        write(path / "modules.json", [MODULE | {"path": place}])
        assert refusal(path, registry) == f"{place}: not a folder; download the checkpoint again"


def test_updates_without_weights_or_that_are_their_own_base(whole, tmp_path, registry):
    path, other = (shutil.copytree(whole["updates"], tmp_path / name) for name in ("one", "other"))
    for one, base in ((path, path), (path, other)):
        change(one / "adapter_config.json", base_model_name_or_path=str(base))
        change(other / "adapter_config.json", base_model_name_or_path=str(path))
        assert "base_model_name_or_path leads back to the updates themselves" in refusal(path, registry)
    (path / "adapter_model.safetensors").unlink()
    assert refusal(path, registry).endswith("low-rank updates without adapter_model.safetensors; download them again")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("model.safetensors", "model.safetensors: not a file, so it has no weights; download the checkpoint again"),
        ("config.json", "expected config.json with weights in safetensors and a tokenizer"),
        ("tokenizer.json", "no tokenizer; expected tokenizer.json"),
        ("README.md", None),
        ("modules.json", None),
    ],
)
def test_a_folder_in_the_place_of_a_file(plain, tmp_path, registry, name, problem):
    path = shutil.copytree(plain, tmp_path / "full")
    (path / name).unlink(missing_ok=True)
    (path / name).mkdir()
    line = refusal(path, registry)
    assert line is None if problem is None else problem in line


@pytest.mark.parametrize(
    "header",
    [
        b'{"a":' * 200_000,
        b'{"a": {"shape": ["x"], "data_offsets": [0, 4]}}',
        b'{"a": {"shape": [-1], "data_offsets": [0, 4]}}',
        b'{"a": {"shape": [1], "data_offsets": []}}',
        b'{"a": {"shape": "12", "data_offsets": [0, 4]}}',
        b'{"a": 3}',
    ],
)
def test_a_header_of_weights_with_another_form(plain, tmp_path, registry, header):
    path = shutil.copytree(plain, tmp_path / "full")
    (path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    assert refusal(path, registry).startswith("model.safetensors: damaged, or not a safetensors file (")


def test_labels_of_several_lines_are_named_in_one(whole, tmp_path, registry):
    path = shutil.copytree(whole["head"], tmp_path / "head")
    change(path / "config.json", id2label={"0": "a\nb", "1": "c", "2": "d"})
    assert refusal(path, registry, "as-is").startswith(r"the head's labels ('a\nb', c, d) are not those of task 'xnli'")


FUZZED = [
    ("head", "config.json"), ("full", "tokenizer_config.json"), ("shards", "model.safetensors.index.json"),
    ("st", "modules.json"), ("st", "config_sentence_transformers.json"), ("st", "sentence_bert_config.json"),
    ("updates", "adapter_config.json"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "file"), FUZZED)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_values_are_planned_or_refused_in_one_line(whole, registry, form, file, data):
    path = whole[form]
    before = (path / file).read_bytes()
    try:
        write(path / file, data.draw(mutated(json.loads(before))))
        refusal(path, registry, data.draw(st.sampled_from(["zero-shot", "as-is"])))
    finally:
        (path / file).write_bytes(before)


@pytest.mark.parametrize(("form", "file"), [*FUZZED, ("full", "model.safetensors"), ("full", "README.md")])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_are_planned_or_refused_in_one_line(whole, registry, form, file, data):
    path = whole[form] / file
    before = path.read_bytes() if path.exists() else b"---\nlanguage: en\n---\n"
    try:
        start = data.draw(st.integers(0, min(len(before), 4000)))
        end = data.draw(st.integers(start, min(len(before), start + 40)))
        path.write_bytes(before[:start] + data.draw(st.binary(max_size=20)) + before[end:])
        refusal(whole[form], registry)
    finally:
        path.write_bytes(before)


def test_what_only_transformers_reads_fails_with_its_words(plain, tmp_path):
    path = shutil.copytree(plain, tmp_path / "full")
    change(path / "config.json", attention_probs_dropout_prob={"a": []}, torch_dtype=["x"])
    with pytest.raises(BadRequest, match=r"config\.json: transformers cannot read it \("):
        Checkpoint.read(path, LoadOptions()).config()
    shutil.copy(plain / "config.json", path)
    (path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadRequest, match=r"full: cannot load the tokenizer \("):
        Checkpoint.read(path, LoadOptions()).tokenizer()
