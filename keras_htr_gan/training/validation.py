"""What is looked at after each epoch: functions of the model for callbacks."""

from keras_htr_gan.evaluation.scoring import Evaluation


def score_restored(validation, recognizer):
    """How well restored validation lines are read, and how near they are.

    Args:
        validation: `FixedBatches`.
        recognizer: `Recognizer`.

    Returns:
        Function of an `HTRGAN` to a dict of figures, see `Evaluation.score`.
    """
    validated = Evaluation(validation.lines, recognizer)
    return lambda model: validated.score(validated.restore(model))


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
