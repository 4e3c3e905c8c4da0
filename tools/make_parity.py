"""Fill a file of multiple choice examples with the results of lm-evaluation-harness.

    python tools/make_parity.py MODEL tests/plugins/models/parity.json

MODEL is the folder of a causal language model; the fixture of the tests has those of SmolLM2-135M-Instruct. Needs the
package `lm_eval`, best in a virtual environment of its own, and no network. The file keeps its examples; each gets the
log-likelihood of its choices after the context and after nothing, and each task its accuracies.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

METRICS = ("acc", "acc_norm", "acc_mutual_info")


def evaluate(model: Any, name: str, examples: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Return the results of lm-evaluation-harness for a task of some examples."""
    from lm_eval import simple_evaluate
    from lm_eval.api.task import ConfigurableTask

    path = folder / f"{name}.jsonl"
    rows = [{key: each[key] for key in ("context", "choices", "gold")} for each in examples]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = ConfigurableTask(
        config={
            "task": name,
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"test": str(path)}, "cache_dir": str(folder)},
            "test_split": "test",
            "output_type": "multiple_choice",
            "doc_to_text": "{{context}}",
            "doc_to_choice": "choices",
            "doc_to_target": "gold",
            "metric_list": [{"metric": metric, "aggregation": "mean", "higher_is_better": True} for metric in METRICS],
        }
    )
    found: dict[str, Any] = simple_evaluate(model=model, tasks=[task], bootstrap_iters=0)
    return found


def main() -> None:
    """Fill the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("file", type=Path)
    args = parser.parse_args()
    from lm_eval.models.huggingface import HFLM

    model = HFLM(pretrained=str(args.model), device="cpu", dtype="float32", batch_size=8)
    content = json.loads(args.file.read_text(encoding="utf-8"))
    content["model"] = "SmolLM2-135M-Instruct, float32"
    content["command"] = "python tools/make_parity.py MODEL tests/plugins/models/parity.json"
    content["lm_eval"] = version("lm_eval")
    with tempfile.TemporaryDirectory() as folder:
        for name, task in content["tasks"].items():
            examples = task["examples"]
            found = evaluate(model, name, examples, Path(folder))
            task["scores"] = {metric: found["results"][name][f"{metric},none"] for metric in METRICS}
            for sample in found["samples"][name]:
                values = [float(value) for [[value, _]] in sample["resps"]]
                example = examples[sample["doc_id"]]
                half = len(example["choices"])
                example["loglikelihoods"], example["unconditional"] = values[:half], values[half:]
            print(name, task["scores"], flush=True)
            # after each task, so that a run that is interrupted keeps what it has
            args.file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
