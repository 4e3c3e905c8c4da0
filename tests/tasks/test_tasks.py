"""What the built-in tasks and suites declare, against the published facts, written out by hand.

Languages and their order: evaluate.py of github.com/google-research/xtreme. Sizes: the data themselves and the scripts.
Hyper-parameters: the scripts of the same repository.
"""

from __future__ import annotations

import pytest

import xharness_tasks
from xharness import LANGUAGES
from xharness.specs.sources import CANDIDATES, SPLITS, TRANSLATED

TASKS = {task.name: task for task in xharness_tasks.TASKS}
SUITES = {suite.name: suite for suite in xharness_tasks.SUITES}

OFFICIAL = {
    "pawsx": "de en es fr ja ko zh",
    "xnli": "ar bg de el en es fr hi ru sw th tr ur vi zh",
    "udpos": "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh",
    "panx": "ar he vi id jv ms tl eu ml ta te af nl en de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw yo my zh "
    "kk tr et fi hu",
    "xquad": "en es de el ru tr ar vi th zh hi",
    "mlqa": "en es de ar hi vi zh",
    "tydiqa": "en ar bn fi id ko ru sw te",
    "bucc2018": "de fr ru zh",
    "tatoeba": "ar he vi id jv tl eu ml ta te af nl de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw zh kk tr et "
    "fi hu",
}

ADDED = {
    "udpos": "lt pl uk wo ro",
    "panx": "qu pl uk az lt pa gu ro",
    "xquad": "ro",
    "tatoeba": "az lt pl uk ro",
}
LANGUAGES_OF = {name: f"{languages} {ADDED.get(name, '')}".strip() for name, languages in OFFICIAL.items()}

# The list of lareqa is empty there; these are the languages of its data.
OFFICIAL_R = {name: LANGUAGES_OF[name] for name in ("xnli", "udpos", "panx", "xquad", "mlqa", "tydiqa", "tatoeba")} | {
    "xcopa": "et ht id it qu sw ta th tr vi zh",
    "mewslix": "ar de en es fa ja pl ro ta tr uk",
    "lareqa": "ar de el en es hi ru th tr vi zh",
}

SIZES = {
    "xnli": dict.fromkeys(OFFICIAL["xnli"].split(), 5010),
    "pawsx": dict.fromkeys(OFFICIAL["pawsx"].split(), 2000),
    "xquad": dict.fromkeys(LANGUAGES_OF["xquad"].split(), 1190),
    "mlqa": {"en": 11590, "de": 4517, "es": 5253, "ar": 5335, "zh": 5137, "vi": 5495, "hi": 4918},
    "tydiqa": {"ar": 921, "bn": 113, "en": 440, "fi": 782, "id": 565, "ko": 276, "ru": 812, "sw": 499, "te": 669},
    "bucc2018": {"de": 9580, "fr": 9086, "ru": 14435, "zh": 1899},
    "tatoeba": dict.fromkeys(LANGUAGES_OF["tatoeba"].split(), 1000)
    | {"jv": 205, "ka": 746, "kk": 575, "ml": 687, "sw": 390, "ta": 307, "te": 234, "th": 548},
    "panx": dict.fromkeys(
        "ar he vi id eu nl en de el fa fr it pt es bg ru ja ka ko th zh tr et fi hu pl uk lt ro".split(), 10_000
    )
    | dict.fromkeys("ms tl ml ta te af bn hi mr ur sw kk az".split(), 1000)
    | dict.fromkeys("jv yo my qu pa gu".split(), 100),
    "udpos": {
        "af": 425, "kk": 1047, "ar": 1680, "ko": 4276, "bg": 1116, "mr": 47, "de": 22358, "nl": 1471, "el": 456,
        "pt": 2681, "en": 5440, "ru": 8976, "es": 3147, "ta": 120, "et": 3760, "te": 146, "eu": 1799, "th": 1000,
        "fa": 600, "tl": 55, "fi": 4422, "tr": 4785, "fr": 5009, "ur": 535, "he": 491, "vi": 800, "hi": 2684,
        "yo": 100, "hu": 449, "zh": 3455, "id": 1557, "it": 3518, "ja": 2372,
        "lt": 739, "pl": 4942, "uk": 892, "wo": 470, "ro": 2272,
    },
    "squad_v1": {"en": 10_570},
}  # fmt: skip

TRAINING = {
    "xnli": ("xnli", 392_702),
    "pawsx": ("pawsx", 49_401),
    "udpos": ("udpos", 21_253),
    "panx": ("panx", 20_000),
    "squad_v1": ("squad_v1", 87_599),
    "xquad": ("squad_v1", 87_599),
    "mlqa": ("squad_v1", 87_599),
    "tydiqa": ("tydiqa", 3696),
}

PAIRS = {"max_length": 128, "stride": 0, "warmup_steps": 0, "weight_decay": 0.0, "selection": "dev"}
SPANS = {"max_length": 384, "stride": 128, "warmup_steps": 500, "weight_decay": 1e-4, "selection": "last"}
TUNING = {
    "xnli": PAIRS | {"epochs": 5, "learning_rate": 2e-5, "large_learning_rate": 3e-5, "eval_steps": 100},
    "pawsx": PAIRS | {"epochs": 5, "learning_rate": 2e-5, "large_learning_rate": None, "eval_steps": 200},
    "udpos": PAIRS | {"epochs": 10, "learning_rate": 2e-5, "large_learning_rate": None, "eval_steps": 500},
    "panx": PAIRS | {"epochs": 10, "learning_rate": 2e-5, "large_learning_rate": None, "eval_steps": 1000},
    "squad_v1": SPANS | {"epochs": 3, "learning_rate": 3e-5, "large_learning_rate": None},
    "tydiqa": SPANS | {"epochs": 3, "learning_rate": 3e-5, "large_learning_rate": None},
}

WHOLE = {"train": "train", "dev": "validation", "test": "test"}
HUB = {
    "xnli": ("facebook/xnli", "{lang}", WHOLE),
    "pawsx": ("google-research-datasets/paws-x", "{lang}", WHOLE),
    "udpos": ("google/xtreme", "udpos.{name}", WHOLE),
    "panx": ("unimelb-nlp/wikiann", "{lang}", WHOLE),
    "squad_v1": ("rajpurkar/squad", None, {"train": "train", "dev": "validation"}),
    "xquad": ("google/xquad", "xquad.{lang}", {"test": "validation"}),
    "mlqa": ("facebook/mlqa", "mlqa.{lang}.{lang}", {"dev": "validation", "test": "test"}),
    "tydiqa": ("google-research-datasets/tydiqa", "secondary_task", {"train": "train", "test": "validation"}),
    "bucc2018": ("mteb/BUCC", "{lang}-en", {"test": "test"}),
    "tatoeba": ("google/xtreme", "tatoeba.{tatoeba}", {"test": "validation"}),
}

LABELS = {
    "xnli": "contradiction entailment neutral",
    "pawsx": "0 1",
    "udpos": "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X",
    "panx": "O B-PER I-PER B-ORG I-ORG B-LOC I-LOC",
}

HEADLINE = {
    **dict.fromkeys(("xnli", "pawsx", "tatoeba"), ("accuracy",)),
    **dict.fromkeys(("udpos", "panx", "bucc2018"), ("f1",)),
    **dict.fromkeys(("squad_v1", "xquad", "mlqa", "tydiqa"), ("f1", "exact_match")),
}

METRIC = {
    **dict.fromkeys(("xnli", "pawsx"), "accuracy"),
    **dict.fromkeys(("udpos", "panx"), "chunk_f1"),
    **dict.fromkeys(("squad_v1", "xquad", "tydiqa"), "squad"),
    "mlqa": "mlqa",
    "bucc2018": "mining_f1",
    "tatoeba": "retrieval_accuracy",
}


def test_no_name_is_given_twice():
    assert len(TASKS) == len(xharness_tasks.TASKS)
    assert len(SUITES) == len(xharness_tasks.SUITES)


def test_the_hooks_yield_the_tasks_and_suites():
    assert list(xharness_tasks.xharness_tasks()) == list(TASKS.values())
    assert list(xharness_tasks.xharness_suites()) == list(SUITES.values())


@pytest.mark.parametrize("name", SUITES)
def test_the_tasks_of_a_suite_are_there_with_its_languages(name):
    for task, languages in SUITES[name].tasks.items():
        assert set(languages) <= set(TASKS[task].languages)


def test_the_nine_tasks_and_squad_stand_in_every_table_of_this_file():
    assert {*OFFICIAL, "squad_v1"} == set(SIZES) == set(HUB) == set(HEADLINE) == set(METRIC)
    assert set(TRAINING) == set(SIZES) - {"bucc2018", "tatoeba"}


@pytest.mark.parametrize(("name", "languages"), LANGUAGES_OF.items())
def test_languages_are_the_official_ones_in_the_official_order(name, languages):
    assert " ".join(TASKS[name].languages) == languages


def test_xtreme_has_40_languages_that_the_harness_knows():
    languages = {code for codes in SUITES["xtreme"].tasks.values() for code in codes}
    assert len(languages) == 40
    assert languages <= set(LANGUAGES)


def test_xtreme_r_has_all_50_languages():
    assert {code for codes in SUITES["xtreme-r"].tasks.values() for code in codes} == set(LANGUAGES)


@pytest.mark.parametrize(("name", "sizes"), SIZES.items())
def test_each_language_has_the_official_number_of_test_examples(name, sizes):
    assert dict(TASKS[name].sizes) == sizes
    assert set(sizes) == set(TASKS[name].languages)


def test_the_nine_languages_of_tydiqa_make_5077_questions():
    assert sum(TASKS["tydiqa"].sizes.values()) == 5077


@pytest.mark.parametrize(("name", "trained", "size"), [(name, *entry) for name, entry in TRAINING.items()])
def test_training_is_in_english_on_the_official_number_of_examples(name, trained, size):
    training = TASKS[name].training
    assert (training.task, training.language, TASKS[name].train_size) == (trained, "en", size)


@pytest.mark.parametrize("name", ["bucc2018", "tatoeba"])
def test_nothing_is_trained_for_retrieval(name):
    assert TASKS[name].training is None
    assert not TASKS[name].kind.needs_finetuning


@pytest.mark.parametrize(("name", "expected"), TUNING.items())
def test_hyper_parameters_are_those_of_the_official_scripts(name, expected):
    tuning = TASKS[name].tuning
    assert {key: getattr(tuning, key) for key in expected} == expected
    assert tuning.batch_size == 32


@pytest.mark.parametrize("name", ["xquad", "mlqa"])
def test_hyper_parameters_of_span_tasks_are_those_of_squad(name):
    assert TASKS[name].tuning == TASKS["squad_v1"].tuning


@pytest.mark.parametrize(("name", "id", "config", "splits"), [(name, *entry) for name, entry in HUB.items()])
def test_hub_repositories_configs_and_splits(name, id, config, splits):
    data = TASKS[name].data_for("hub")
    own = {split: held for split, held in data.splits.items() if split not in TRANSLATED}
    assert (data.id, data.config, own) == (id, config, splits)


@pytest.mark.parametrize(("name", "labels"), LABELS.items())
def test_labels_are_the_official_ones(name, labels):
    assert " ".join(TASKS[name].labels) == labels


@pytest.mark.parametrize("name", TASKS)
def test_every_task_says_where_it_comes_from(name):
    task = TASKS[name]
    assert task.summary and task.licence and task.citation
    assert task.homepage.startswith("https://")


@pytest.mark.parametrize("name", HUB)
def test_the_evaluated_split_is_there_in_every_source(name):
    task = TASKS[name]
    assert task.test_split in task.data_for("hub").splits
    assert any(task.test_split in layout.files for layout in task.data_for("local").layouts)


@pytest.mark.parametrize("name", ["udpos", "tatoeba"])
def test_languages_that_a_repository_lacks_are_those_that_xtreme_r_added(name):
    assert " ".join(TASKS[name].data_for("hub").instead) == ADDED[name]


def test_the_treebanks_of_the_added_languages_are_of_another_release():
    first, second = TASKS["udpos"].data_for("local").layouts[:2]
    assert (first.name, " ".join(first.languages)) == ("UD 2.7", ADDED["udpos"])
    assert (second.name, second.languages) == ("UD 2.5", xharness_tasks.udpos.XTREME)


@pytest.mark.parametrize("name", TASKS)
def test_layouts_hold_splits_that_the_harness_knows(name):
    data = TASKS[name].data_for("local")
    for layout in data.layouts if data else ():
        assert set(layout.files) <= {*SPLITS, *TRANSLATED, CANDIDATES}, layout.name
        assert all(layout.files.values()), layout.name


@pytest.mark.parametrize("name", HUB)
def test_columns_that_the_hub_renames_are_columns_of_the_kind(name):
    task = TASKS[name]
    assert set(task.data_for("hub").columns) <= set(task.kind.columns)


@pytest.mark.parametrize("name", HUB)
def test_the_evaluated_split_of_squad_alone_is_dev(name):
    assert TASKS[name].test_split == ("dev" if name == "squad_v1" else "test")


@pytest.mark.parametrize(("name", "headline"), HEADLINE.items())
def test_the_score_of_a_task_is_the_mean_of_its_official_values(name, headline):
    assert TASKS[name].headline_names == headline


@pytest.mark.parametrize(("name", "metric"), METRIC.items())
def test_the_official_metric_comes_first(name, metric):
    assert TASKS[name].metric_names[0] == metric


def test_xtreme_r_has_its_ten_tasks_in_the_order_in_which_the_official_script_reads_them():
    suite = SUITES["xtreme-r"]
    assert {name: " ".join(languages) for name, languages in suite.tasks.items()} == OFFICIAL_R
    read = [name for name in suite.tasks if name not in ("xcopa", "lareqa")]
    assert read == ["xnli", "panx", "udpos", "tatoeba", "mewslix", "xquad", "mlqa", "tydiqa"]


def test_the_groups_of_xtreme_r_are_the_papers_and_those_of_the_official_script():
    suite = SUITES["xtreme-r"]
    assert {task for tasks in suite.groups.values() for task in tasks} == set(suite.tasks)
    assert suite.groups["retrieval"] == ("tatoeba", "mewslix", "lareqa")
    scored = {"retrieval": ("tatoeba", "mewslix"), "multi_choice": ("xcopa",)}
    assert suite.official_groups == {**suite.groups, **scored}


def test_an_overall_score_is_official_where_every_task_is_in_a_group_of_the_official_script():
    assert not SUITES["xtreme"].official_groups
    grouped = {task for tasks in SUITES["xtreme-r"].official_groups.values() for task in tasks}
    assert set(SUITES["xtreme-r"].tasks) - grouped == {"lareqa"}


def test_only_tasks_whose_test_sets_are_translations_are_parallel():
    assert {name for name in OFFICIAL if TASKS[name].parallel} == {"xnli", "pawsx", "xquad"}


def test_the_suite_sums_the_nine_tasks_in_the_official_order():
    suite = SUITES["xtreme"]
    assert {name: " ".join(languages) for name, languages in suite.tasks.items()} == OFFICIAL
    assert list(suite.tasks) == ["pawsx", "xnli", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba"]


def test_the_groups_of_the_suite_are_the_official_ones():
    suite = SUITES["xtreme"]
    assert suite.groups == {
        "classification": ("pawsx", "xnli"),
        "tagging": ("udpos", "panx"),
        "qa": ("xquad", "mlqa", "tydiqa"),
        "retrieval": ("bucc2018", "tatoeba"),
    }
    assert [task for tasks in suite.groups.values() for task in tasks] == list(suite.tasks)
