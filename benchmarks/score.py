"""Time the scoring of a full-size submission, compared with plain loops and seqeval over the same files.

    python benchmarks/score.py [--suite xtreme-r] [--scale 0.1]

The plain loops do what the official script does: read files line by line; seqeval for NER; the loop of seqeval up to
0.0.13 for UPOS tags, which newer versions read differently; the published functions of SQuAD, MLQA and Mewsli-X. For
LAReQA, which the official script cannot score, they use the function of the official fine-tuning script. They compute
scores only; xharness also reports confidence intervals and what is missing. Both must give the same numbers.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import string
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from pathlib import Path

from xharness.registry import Registry
from xharness.specs.tasks import Task
from xharness.submission.forms import file_name
from xharness.submission.scoring import score_submission

NER = ("O", "O", "O", "O", "O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
SENTENCES = {"panx": 10_000, "udpos": 1_500}
RELEVANT = {"mewslix": 1, "lareqa": 11}
ALPHABETS = {
    "ar": "ابتدرسعفلمنوي",
    "hi": "कगतदनपबमरलसह",
    "ru": "абвгдеиклмнорст",
    "th": "กขคงจชดตนบปมยรล",
    "zh": "中国人大学生年月日北京市",
}


# A synthetic submission of the official sizes


def generate(tasks: dict[str, Task], suite, root: Path, scale: float) -> None:
    for name, languages in suite.tasks.items():
        task = tasks[name]
        for side in ("predictions", "labels"):
            (root / side / name).mkdir(parents=True)
        for language in languages:
            rng = random.Random(f"{name} {language}")
            n = max(1, int(SENTENCES.get(name, task.sizes[language]) * scale))
            gold, predicted = MAKERS[task.kind.name](task, language, n, rng)
            for side, text in (("labels", gold), ("predictions", predicted)):
                (root / side / name / file_name(task, language)).write_text(text, encoding="utf-8")


def noisy(items: list, choices: list, rng: random.Random, rate: float = 0.1) -> list:
    return [rng.choice(choices) if rng.random() < rate else item for item in items]


def make_lines(task: Task, language: str, n: int, rng: random.Random) -> tuple[str, str]:
    names = list(task.labels) if hasattr(task, "labels") else [str(number) for number in range(n)]
    gold = rng.choices(names, k=n)
    return "\n".join(gold) + "\n", "\n".join(noisy(gold, names, rng, 0.3)) + "\n"


def make_tags(task: Task, language: str, n: int, rng: random.Random) -> tuple[str, str]:
    names, mean = (NER, 8) if task.name == "panx" else (task.labels, 18)
    gold = [rng.choices(names, k=rng.randint(1, 2 * mean)) for _ in range(n)]
    predicted = [noisy(tags, list(names), rng) for tags in gold]
    return tuple("\n".join("\n".join(tags) + "\n" for tags in side) + "\n" for side in (gold, predicted))


def make_answers(task: Task, language: str, n: int, rng: random.Random) -> tuple[str, str]:
    letters = ALPHABETS.get(language, string.ascii_lowercase)
    words = ["".join(rng.choices(letters, k=rng.randint(1, 9))) for _ in range(5_000)] + ["the", "a", "(1998)", "«x»"]
    questions, answers = [], {}
    for number in range(n):
        context = " ".join(rng.choices(words, k=120))
        gold = " ".join(rng.choices(words, k=rng.randint(1, 6)))
        other = gold if rng.random() < 0.6 else " ".join(noisy(gold.split(), words, rng, 0.5))
        name = f"{task.name}-{language}-{number}"
        questions.append({"context": context, "qas": [{"id": name, "question": "", "answers": [{"text": gold}]}]})
        answers[name] = other
    labels = {"version": "1.1", "data": [{"title": "", "paragraphs": questions}]}
    return json.dumps(labels), json.dumps(answers)


def make_pairs(task: Task, language: str, n: int, rng: random.Random) -> tuple[str, str]:
    gold = [f"{language}-{number:09d}\ten-{rng.randrange(10**9):09d}" for number in range(n)]
    return "\n".join(gold) + "\n", "\n".join(noisy(gold, [f"{language}-1\ten-1"], rng, 0.2)) + "\n"


def make_places(task: Task, language: str, n: int, rng: random.Random) -> tuple[str, str]:
    gold = rng.choices((0, 1), k=n)
    return tuple("".join(f'{{"label": {place}}}\n' for place in side) for side in (gold, noisy(gold, [0, 1], rng)))


def make_ranked(task: Task, language: str, n: int, rng: random.Random) -> tuple[str, str]:
    pool = [f"Q{number}" for number in range(13_014)]
    gold = {f"{language}-{number}": rng.sample(pool, RELEVANT[task.name]) for number in range(n)}
    ranked = {query: noisy(rng.sample(pool, 20 - len(ids)) + ids, pool, rng) for query, ids in gold.items()}
    return json.dumps(gold), json.dumps({query: rng.sample(ids, len(ids)) for query, ids in ranked.items()})


MAKERS = {
    "classification": make_lines,
    "multiple-choice": make_places,
    "passage-retrieval": make_ranked,
    "bitext-retrieval": make_lines,
    "tagging": make_tags,
    "span-qa": make_answers,
    "bitext-mining": make_pairs,
}


# Plain loops to compare with


def read_lines(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return [line.strip() for line in file]


def read_tags(path: Path) -> list[list[str]]:
    sentences, sentence = [], []
    with path.open(encoding="utf-8") as file:
        for line in file:
            line = line.strip()
            if line:
                sentence.append(line)
            else:
                sentences.append(sentence)
                sentence = []
    return [*sentences, sentence] if sentence else sentences


def read_json(path: Path):
    with path.open(encoding="utf-8") as file:
        found = json.load(file)
    return found.get("data", found)


def read_places(path: Path) -> list[int]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["label"] for line in file]


def plain_accuracy(gold: list, predicted: list) -> dict[str, float]:
    return {"accuracy": sum(int(ours == true) for ours, true in zip(predicted, gold)) / len(predicted) * 100}


def plain_pairs(gold: list[str], predicted: list[str]) -> dict[str, float]:
    true, ours = ({tuple(line.split("\t")) for line in side} for side in (gold, predicted))
    hits = len(true & ours)
    if not hits:
        return {"f1": 0, "precision": 0, "recall": 0}
    precision, recall = hits / len(ours), hits / len(true)
    return {
        "f1": 2 * precision * recall / (precision + recall) * 100,
        "precision": precision * 100,
        "recall": recall * 100,
    }


def old_entities(sentences: list[list[str]]) -> list[tuple[str, int, int]]:
    previous, previous_type, begin, chunks = "O", "", 0, []
    flat = [tag for sentence in sentences for tag in [*sentence, "O"]]
    for position, label in enumerate([*flat, "O"]):
        tag, kind = label[0], label.split("-")[-1]
        if previous in "ES" or (previous in "BI" and tag in "BSO") or (previous not in "O." and previous_type != kind):
            chunks.append((previous_type, begin, position - 1))
        if tag in "BS" or (previous in "ESO" and tag in "EI") or (tag not in "O." and previous_type != kind):
            begin = position
        previous, previous_type = tag, kind
    return chunks


def plain_upos(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, float]:
    found = {}
    for name in ("f1", "precision", "recall"):  # each of seqeval's functions finds the chunks again
        true, ours = set(old_entities(gold)), set(old_entities(predicted))
        hits = len(true & ours)
        precision = hits / len(ours) if ours else 0
        recall = hits / len(true) if true else 0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0
        found[name] = {"f1": f1, "precision": precision, "recall": recall}[name] * 100
    return found


def plain_ner(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, float]:
    from seqeval.metrics import f1_score, precision_score, recall_score

    return {
        "f1": f1_score(gold, predicted) * 100,
        "precision": precision_score(gold, predicted) * 100,
        "recall": recall_score(gold, predicted) * 100,
    }


PUNCTUATION = {char for char in map(chr, range(sys.maxunicode)) if unicodedata.category(char).startswith("P")} | set(
    string.punctuation
)
ARTICLES = {
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(của|là|cái|chiếc|những)\b",
    "de": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "ar": r"\sال^|ال",
}


def squad_normal(text: str) -> str:
    exclude = set(string.punctuation)
    text = "".join(char for char in text.lower() if char not in exclude)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def mlqa_normal(text: str, language: str) -> str:
    text = "".join(char for char in text.lower() if char not in PUNCTUATION)
    if language in ARTICLES:
        text = re.sub(ARTICLES[language], " ", text)
    if language != "zh":
        return " ".join(text.split())
    tokens, rest = [], ""
    for char in text:
        if re.search(r"[\u4e00-\u9fa5]", char) or char in PUNCTUATION:
            tokens += [*rest.split(), char]
            rest = ""
        else:
            rest += char
    return " ".join([*tokens, *rest.split()])


def plain_f1(ours: str, true: str) -> float:
    common = Counter(ours.split()) & Counter(true.split())
    same = sum(common.values())
    if same == 0:
        return 0
    precision, recall = same / len(ours.split()), same / len(true.split())
    return 2 * precision * recall / (precision + recall)


def plain_answers(gold: list, predicted: dict[str, str], normal) -> dict[str, float]:
    exact = f1 = count = 0
    for article in gold:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                count += 1
                ours = predicted[question["id"]]
                texts = [answer["text"] for answer in question["answers"]]
                exact += max(normal(ours) == normal(text) for text in texts)
                f1 += max(plain_f1(normal(ours), normal(text)) for text in texts)
    return {"exact_match": 100.0 * exact / count, "f1": 100.0 * f1 / count}


def plain_ranks(gold: dict[str, list[str]], predicted: dict[str, list[str]]) -> dict[str, float]:
    precisions = []
    for query, relevant in gold.items():
        ranking, score, hits = predicted.get(query, [])[:20], 0.0, 0.0
        for place, candidate in enumerate(ranking):
            if candidate in relevant and candidate not in ranking[:place]:
                hits += 1.0
                score += hits / (place + 1.0)
        precisions.append(score / min(len(relevant), 20))
    return {"map@20": sum(precisions) / len(precisions) * 100}


def plain(tasks: dict[str, Task], suite, root: Path) -> dict[str, dict[str, dict[str, float]]]:
    scores: dict[str, dict[str, dict[str, float]]] = {}
    for name, languages in suite.tasks.items():
        read, compute = {
            "classification": (read_lines, plain_accuracy),
            "bitext-retrieval": (read_lines, plain_accuracy),
            "bitext-mining": (read_lines, plain_pairs),
            "tagging": (read_tags, plain_ner if name == "panx" else plain_upos),
            "span-qa": (read_json, plain_answers),
            "multiple-choice": (read_places, plain_accuracy),
            "passage-retrieval": (read_json, plain_ranks),
        }[tasks[name].kind.name]
        for language in languages:
            file = file_name(tasks[name], language)
            gold, predicted = (read(root / side / name / file) for side in ("labels", "predictions"))
            if compute is plain_answers:
                normal = squad_normal if name != "mlqa" else lambda text, language=language: mlqa_normal(text, language)
                found = plain_answers(gold, predicted, normal)
            else:
                found = compute(gold, predicted)
            for key, value in found.items():
                scores.setdefault(name, {}).setdefault(key, {})[language] = value
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of the official sizes (default: 1)")
    parser.add_argument("--suite", choices=("xtreme", "xtreme-r"), default="xtreme", help="the suite (default: xtreme)")
    args = parser.parse_args()
    registry = Registry.load()
    suite = registry.get("suites", args.suite)
    tasks = {name: registry.get("tasks", name) for name in suite.tasks}
    metrics = {task.metric_names[0]: registry.get("metrics", task.metric_names[0]) for task in tasks.values()}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        generate(tasks, suite, root, args.scale)
        size = sum(path.stat().st_size for path in root.rglob("test-*"))
        print(f"submission and labels: {size / 1e6:.0f} MB, {len(list(root.rglob('test-*')))} files")
        start = time.perf_counter()
        official, _ = score_submission(suite, tasks, metrics, root / "predictions", root / "labels")
        ours = time.perf_counter() - start
        print(f"xharness, with intervals: {ours:.2f} s")
        start = time.perf_counter()
        expected = plain(tasks, suite, root)
        theirs = time.perf_counter() - start
        print(f"plain loops with seqeval: {theirs:.2f} s")
    for name, keys in expected.items():
        for key, values in keys.items():
            assert official[name][key] == values, f"{name} {key}: the scores differ"
    print(f"the scores are equal; ratio: {theirs / ours:.1f}")


if __name__ == "__main__":
    main()
