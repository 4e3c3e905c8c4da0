"""The task sib200: Topic of a sentence, in 200 languages"""

from xharness import Classification, hookimpl, hub


@hookimpl
def xharness_tasks():
    """Yield the task."""
    yield Classification(
        name="sib200",
        summary="Topic of a sentence, in 200 languages",
        languages=("en", "sw", "yo", "zh"),
        labels=("science/technology", "travel", "politics", "sports", "health", "entertainment", "geography"),
        text="text",
        label="category",
        train="en",
        parallel=True,
        sizes=dict.fromkeys(("en", "sw", "yo", "zh"), 204),
        train_size=701,
        citation="Adelani et al. 2024, SIB-200: a simple, inclusive, and big evaluation dataset, EACL",
        data=hub(
            "mteb/sib200",
            config="{flores}",
            revision="a74d7350ea12af010cfb1c21e34f1f81fd2e615b",
        ),
    )
