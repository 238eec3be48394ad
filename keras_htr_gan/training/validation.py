"""What is looked at after each epoch: functions of the model for callbacks."""

from keras_htr_gan.evaluation.scoring import Evaluation


def score_restored(validation, recognizer, lines):
    """How well restored validation lines are read, and how near they are.

    Args:
        validation: `FixedBatches`, of pairs.
        recognizer: `Recognizer`.
        lines: `TrainingLines`, whose lines as found are read as well.

    Returns:
        Function of an `HTRGAN` to a dict of figures, see `Evaluation.score`;
        those of lines as found end in `_as_found`.
    """
    validated = Evaluation(validation.lines, recognizer)
    found = Evaluation(lines.found_lines(len(validation.lines)), recognizer)

    def score(model):
        figures = validated.score(validated.restore(model))
        if found.texts:
            read = found.score_reading(found.restore(model))
            figures |= {f"{name}_as_found": x for name, x in read.items()}
        return figures

    return score


def score_read(validation, recognizer):
    """How well clean validation lines are read.

    Args:
        validation: `FixedBatches`.
        recognizer: `Recognizer` in training.

    Returns:
        Function of any model to a dict of figures.
    """
    validated = Evaluation(validation.lines, recognizer)
    return lambda _: validated.score_reading(validated.clean)


def sample_restored(lines, recognizer):
    """A few validation lines to look at.

    Args:
        lines: `TrainingLines`.
        recognizer: `Recognizer`.

    Returns:
        Function of an `HTRGAN` to rows, see `Evaluation.samples`.
    """
    return Evaluation(
        lines.fixed("validation", 8, seed=1).lines, recognizer
    ).samples
