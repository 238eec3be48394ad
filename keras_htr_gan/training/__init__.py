"""Trainings: their settings, folders, lines, recognisers and reports.

What is offered here is imported when it is first asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "beginning": [
            "adapt_compilation",
            "check_sharing",
            "known_recognizer",
            "open_beginning",
        ],
        "lines": ["TrainingLines"],
        "recognizer": ["pretrain"],
        "recognizer_choice": ["find_recognizer"],
        "report": ["report_gan", "report_recognizer"],
        "run": ["Run"],
        "validation": ["sample_restored", "score_read", "score_restored"],
    },
)
