"""Keras callbacks; none of them knows what model it watches.

    from keras_htr_gan import callbacks

    callbacks.LossAnnealingCallback(target=10.0)

Each is imported when it is first asked for, and Keras, W&B or Matplotlib
with it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "brief_progress": ["BriefProgress"],
        "checkpoints": ["Checkpoints", "Position", "latest_checkpoint"],
        "first_steps": ["FirstSteps"],
        "history_file": ["HistoryFile", "read_history"],
        "loss_annealing": ["LossAnnealingCallback", "annealed_weight"],
        "patience": ["Patience"],
        "restored_samples": ["RestoredSamples", "sample_sheet"],
        "skipped_steps": ["SkippedSteps"],
        "stop_signals": ["StopSignals", "Stopped"],
        "training_curves": ["TrainingCurves", "draw_curves"],
        "validation_scores": ["ValidationScores"],
        "wandb_logger": ["WandbLogger"],
    },
)
