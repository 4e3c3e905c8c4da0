"""Requests that cannot be served: one clear line on stderr, exit code 2, and nothing written."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from tests.cli.conftest import words
from xharness.engine.checkpoints import quiet

EMBEDDER = """
from xharness import Model, ModelInfo, hookimpl

def inspect(path, reference, revision, options):
    return ModelInfo(reference=reference, adapter="embedder", path=path, revision=None, fingerprint="x",
        architecture="E", hidden_size=8, layers=1, parameters=8, bytes=32, max_length=8)

@hookimpl
def xharness_models():
    yield Model(name="embedder", summary="embeds alone", capabilities=frozenset({"embed"}),
        claims=lambda path: (path / "embedder.txt").exists(), inspect=inspect, load=None)
"""


@pytest.fixture
def refused(command, checkpoint, data, tmp_path):
    """Return what runs a bad request and gives its line, once it is sure that nothing was written."""

    def run(*changes, model=checkpoint, task="udpos", name="run"):
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        given = words(model, data, task, languages=[])
        line = command(name, *given, *changes).refused()
        assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
        assert line.startswith("xharness: ")
        return line.removeprefix("xharness: ")

    return run


@pytest.mark.parametrize("name", ["run", "plan"])
@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (["--task", "xnil"], "unknown task 'xnil'; did you mean xnli"),
        (["--lang", "gr"], "unknown language 'gr'; did you mean"),
        (["--lang", "sw"], "language 'sw' (Swahili) is not in udpos; available: af, ar, bg,"),
        (["--recipe", "zeroshot"], "unknown recipe 'zeroshot'; did you mean zero-shot"),
        (["--source", "locl"], "unknown source 'locl'; did you mean local?"),
        (["--executor", "loca"], "unknown executor 'loca'; did you mean local?"),
        (["--suite", "xtreme"], "give --suite or --task, not both"),
        (["--split", "tets"], "unknown split 'tets'; did you mean test?"),
        (["--param", "learningrate=1"], "unknown parameter 'learningrate'; did you mean learning_rate"),
        (["--param", "learning_rate"], "--param learning_rate: expected NAME=VALUE"),
        (["--param", "learning_rate=fast"], "parameter learning_rate=fast: must be a finite number"),
        (["--param", "learning_rate=nan"], "parameter learning_rate=nan: must be a finite number"),
        (["--param", "learning_rate=-1"], "parameter learning_rate=-1.0: must be above 0"),
        (["--param", "batch_size=2.5"], "parameter batch_size=2.5: must be a whole number"),
        (
            ["--recipe", "lora", "--param", "lora_targets=query,q_lin"],
            "parameter lora_targets=query,q_lin: the layers of ",
        ),
        (["--param", "max_length=0"], "parameter max_length=0: must be a whole number of at least 1"),
        (["--param", "selection=best"], "parameter selection=best: must be one of dev, last, average, oracle"),
        (["--param", "layer=3"], "parameter layer=3: "),
        (["--param", "pooling=max"], "parameter pooling=max: must be mean or cls"),
        (["--device", "cuda"], "device 'cuda': not on this machine; available: cpu"),
        (["--device", "gpu"], "device 'gpu': not a device; use one of auto, cpu"),
        (["--dtype", "float16"], "unknown dtype 'float16'; did you mean bfloat16, float32?"),
        (["--limit", "0"], "limit 0: must be a whole number of at least 1"),
        (["--limit", "some"], "argument --limit: invalid int value: 'some'; see xharness"),
        (["--seed", "-1"], "seeds [-1]: must be whole numbers of at least 0"),
        (["--seed", "1.5"], "argument --seed: invalid int value: '1.5'; see xharness"),
        (["--seed", "1", "--seed", "1"], "seeds [1, 1]: must differ from each other"),
        (["--data", "nowhere"], "data 'nowhere': no such folder"),
        (["--tsak", "xnli"], "unknown argument '--tsak'; did you mean --task"),
        (["--tas", "xnli"], "unknown argument '--tas'; did you mean --task"),
        (["--lang"], "argument --lang: expected one argument; see xharness"),
        (["--config", "no.toml"], "config 'no.toml' cannot be read: No such file or directory"),
        (["--config", "."], "config '.' cannot be read: Is a directory"),
    ],
)
def test_what_the_words_say(refused, name, changes, line, monkeypatch):
    torch = pytest.importorskip("torch")
    if "cuda" in line and torch.cuda.is_available():
        pytest.skip("this machine has the device")
    assert refused(*changes, name=name).startswith(line)


def test_an_unknown_suite(command, checkpoint):
    line = command("run", checkpoint, "--suite", "xtrem").refused()
    assert line == "xharness: unknown suite 'xtrem'; did you mean xtreme, xtreme-r?"


def test_local_files_without_their_folder(command, checkpoint):
    line = command("run", checkpoint, "--task", "udpos", "--source", "local").refused()
    assert line == "xharness: source 'local' reads files on disk; give their folder with --data DIR"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("tasks = [", "config 'request.toml' is not valid TOML: "),
        ("taks = ['xnli']", "config 'request.toml': unknown key 'taks'; did you mean tasks"),
        ("tasks = 'xnli'", "tasks 'xnli': must be a list of strings"),
        ("seeds = 3", "seeds 3: must be a list of whole numbers"),
        ("seeds = ['3']", "seeds ('3',): must be a list of whole numbers"),
        ("limit = true", "limit True: must be a whole number"),
        ("exact = 1", "exact 1: must be true or false"),
        ("params = 3", "params 3: must be a table of names and values"),
        ("plugins = 3", "plugins 3: must be a list of strings"),
        ("plugins = ['no.py']", "plugin 'no.py': no such file"),
        ("split = 'valid'", "unknown split 'valid'"),
    ],
)
def test_what_a_file_says(command, checkpoint, tmp_path, text, line):
    (tmp_path / "request.toml").write_text(text, encoding="utf-8")
    assert command("run", checkpoint, "--config", "request.toml").refused().startswith(f"xharness: {line}")
    assert not (tmp_path / "home").exists()


@pytest.fixture
def copied(checkpoint, tmp_path):
    return shutil.copytree(checkpoint, tmp_path / "copied")


def test_a_model_that_is_none(refused, checkpoint, tmp_path, data):
    assert "no such folder" in refused(model="./nowhere")
    assert "is a file; give the folder" in refused(model=checkpoint / "config.json")
    assert refused(model=data).endswith("expected config.json with weights in safetensors and a tokenizer")
    assert refused(model="hff:x") == "unknown model 'hff'; did you mean hf?"
    assert refused(model="hf:") == "model 'hf:': nothing after the colon; use hf:FOLDER or hf:OWNER/NAME"
    assert refused(model=f"hf:{data}").endswith("expected config.json, weights, a tokenizer")


@pytest.mark.parametrize("name", ["owner/name", "owner/name@main", "name"])
def test_a_hub_id_while_the_hub_is_switched_off(refused, name, monkeypatch, tmp_path):
    constants = pytest.importorskip("huggingface_hub").constants
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert refused(model=name) == (
        f"model '{name.partition('@')[0]}': no such folder; the model is not in the cache {constants.HF_HUB_CACHE}, "
        "and HF_HUB_OFFLINE is set; unset it, or give a local folder"
    )


def test_a_language_that_one_of_two_tasks_lacks(command, checkpoint, data):
    asked = (checkpoint, "--task", "xnli", "--task", "udpos", "--lang", "sw", "--source", "local", "--data", data)
    line = command("run", *asked).refused()
    assert line.startswith("xharness: task 'udpos' has none of sw; available: af, ar, bg,")


def test_a_name_that_is_neither_folder_nor_hub_id(refused):
    assert refused(model="owner/na me") == (
        "model 'owner/na me': no such folder; it is not a hub id (owner/name); check the name, or give a local folder"
    )


def test_a_checkpoint_that_is_not_whole(refused, copied):
    weights = (copied / "model.safetensors").read_bytes()
    (copied / "model.safetensors").write_bytes(weights[:-8])
    assert refused(model=copied).endswith("; download it again")
    (copied / "model.safetensors").unlink()
    assert refused(model=copied).endswith("expected model.safetensors")
    (copied / "config.json").write_text("{", encoding="utf-8")
    assert "config.json:1: not JSON: " in refused(model=copied)


def test_a_missing_tokenizer(refused, copied):
    (copied / "tokenizer.json").unlink()
    assert refused(model=copied).startswith(f"{copied}: no tokenizer; expected tokenizer.json")


def test_pickled_weights_need_consent(refused, command, copied, data):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    torch.save(load_file(copied / "model.safetensors"), copied / "pytorch_model.bin")
    (copied / "model.safetensors").unlink()
    line = refused(model=copied)
    assert line.startswith(f"{copied}: the weights are only available as a pickle (pytorch_model.bin), ")
    assert line.endswith("convert them to safetensors, or allow it with --allow-pickle")
    asked = words(copied, data, "tatoeba", languages=["de"])
    assert command("run", *asked, "--allow-pickle", "--out", "out").code == 0


def test_code_of_the_checkpoint_needs_consent(refused, copied):
    config = json.loads((copied / "config.json").read_text("utf-8"))
    changes = {"model_type": "ours", "auto_map": {"AutoModel": "modeling.Ours", "AutoConfig": "modeling.Config"}}
    (copied / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")
    (copied / "modeling.py").write_text("raise SystemExit('this was run')", encoding="utf-8")
    assert refused(model=copied).endswith("check it, then allow it with --allow-remote-code")


def test_a_task_that_the_adapter_cannot_do(refused, tmp_path):
    (tmp_path / "embedder.py").write_text(EMBEDDER, encoding="utf-8")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "embedder.txt").touch()
    line = refused("--plugin", tmp_path / "embedder.py", model=tmp_path / "model", task="xnli")
    assert line.startswith("task 'xnli' (classification) needs a model that can classify or compute ")


@pytest.mark.parametrize(
    ("metric", "line"),
    [
        ("squad", "task 'own' (classification) declares metric 'squad', which scores only span-qa"),
        ("acuracy", "task 'own' cannot be scored: unknown metric 'acuracy'; did you mean accuracy"),
    ],
)
@pytest.mark.parametrize("name", ["run", "plan"])
def test_a_task_that_names_a_metric_which_cannot_score_it(refused, tmp_path, name, metric, line):
    (tmp_path / "own.py").write_text(
        "from xharness import Classification, hookimpl, hub\n\n@hookimpl\ndef xharness_tasks():\n"
        f"    yield Classification(name='own', languages=('en',), labels=('a', 'b'), metrics=({metric!r},),\n"
        "        data=hub('me/own'), train='en')\n",
        encoding="utf-8",
    )
    assert refused("--plugin", tmp_path / "own.py", task="own", name=name).startswith(line)


def test_as_is_without_the_head_that_the_task_needs(command, checkpoint, data, tmp_path):
    def line(model, task):
        asked = (model, "--task", task, "--source", "local", "--data", data, "--recipe", "as-is")
        return command("run", *asked).refused().removeprefix("xharness: ")

    assert line(checkpoint, "xnli") == (
        "task 'xnli' needs a checkpoint that can classify or compute log-likelihoods or generate without training, and "
        "XLMRobertaForMaskedLM has no fine-tuned head; use --recipe zero-shot"
    )
    opinions = classifier(checkpoint, tmp_path / "opinions", ["good", "bad"])
    assert "XLMRobertaForSequenceClassification can classify" in line(opinions, "udpos")
    assert line(opinions, "xnli") == (
        "the head's labels (good, bad) are not those of task 'xnli' (contradiction, entailment, neutral); "
        "use a recipe that trains a head"
    )
    numbered = classifier(checkpoint, tmp_path / "numbered", ["LABEL_0", "LABEL_1", "LABEL_2"])
    assert line(numbered, "xnli").startswith("the head's classes have no names (LABEL_0, LABEL_1, LABEL_2), so")


def classifier(checkpoint, folder, names):
    from transformers import AutoModelForSequenceClassification

    shutil.copytree(checkpoint, folder)
    labels = {name: number for number, name in enumerate(names)}
    with quiet():
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, id2label=dict(enumerate(names)), label2id=labels
        )
        model.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("option", ["--out", "--store"])
@pytest.mark.parametrize("experiment", [False, True])
def test_a_folder_that_takes_no_file_is_refused_before_any_work(
    command, checkpoint, data, tmp_path, option, experiment
):
    (tmp_path / "rows.toml").write_text(
        f'model = "{checkpoint}"\ntasks = ["udpos"]\nbaseline = "a"\n[[rows]]\nname = "a"\n'
    )
    words = ("--config", "rows.toml") if experiment else (checkpoint, "--task", "udpos")
    before = sorted(tmp_path.iterdir())
    line = command("run", *words, "--source", "local", "--data", data, option, "/proc/x").refused()
    why = "cannot write there (No such file or directory); give a folder that you can write to"
    assert line == f"xharness: {option} '/proc/x': {why}"
    assert sorted(tmp_path.iterdir()) == before


def test_a_plan_needs_a_store_that_can_be_written_to(command, checkpoint, data):
    words = ("plan", checkpoint, "--task", "udpos", "--source", "local", "--data", data)
    assert command(*words, "--store", "/proc/x").refused().startswith("xharness: --store '/proc/x': cannot write there")


@pytest.mark.parametrize(
    "words",
    [
        ("export", "RUN", "--out", "/proc/x"),
        ("leaderboard", "build", "RUN", "--out", "/proc/x"),
        ("score", "--predictions", "none", "--labels", "none", "--json", "/proc/x.json"),
        ("demo", "--out", "/proc/x"),
    ],
)
def test_other_outputs_are_checked_before_any_work(command, warm, words):
    line = command(*[warm / "run" if word == "RUN" else word for word in words]).refused()
    assert re.match(r"xharness: --(out|json) '/proc[^']*': cannot write there \(", line), line
