"""The task belebele: Questions about a passage, with four answers to choose from"""

from xharness import MultipleChoice, Train, Tuning, hookimpl, hub
from xharness.data.tables import mapped

COLUMNS = {
    "context": lambda row: row["flores_passage"] + " " + row["question"],
    "choices": lambda row: [row["mc_answer1"], row["mc_answer2"], row["mc_answer3"], row["mc_answer4"]],
    "label": lambda row: int(row["correct_answer_num"]) - 1,
}


@hookimpl
def xharness_tasks():
    """Yield the task."""
    yield MultipleChoice(
        name="belebele",
        summary="Questions about a passage, with four answers to choose from",
        languages=("en", "sw", "yo", "zh"),
        number=4,
        train=Train(task="copa", first="siqa"),
        tuning=Tuning(max_length=512),
        parallel=True,
        sizes=dict.fromkeys(("en", "sw", "yo", "zh"), 900),
        citation="Bandarkar et al. 2024, The Belebele benchmark, ACL",
        data=hub(
            "facebook/belebele",
            config="{flores}",
            revision="75b399394a9803252cfec289d103de462763db7c",
            read=mapped(COLUMNS),
        ),
    )
