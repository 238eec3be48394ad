from keras_htr_gan.training.model_card import write_gan_card

SETTINGS = {
    "data": ["synthetic"],
    "size": "tiny",
    "precision": "bfloat16",
    "command": "python train.py --seed 7",
    "seed": 7,
    "epochs": 3,
    "steps_per_epoch": 5,
    "batch_size": 2,
}


def scores(cer):
    return {"CER": cer, "WER": 2 * cer, "PSNR": 20.0, "SSIM": 0.9}


def test_a_card_holds_every_figure_beside_its_name():
    text = write_gan_card(
        SETTINGS,
        {
            "degraded": scores(0.5),
            "restored": scores(0.2),
            "warm_up": scores(0.3),
            "clean": {"CER": 0.01, "WER": 0.02},
        },
        lines=12,
        minutes=3.21,
    )
    assert "| degraded (input) | 50.0 % | 100.0 % | 20.00 dB | 0.900 |" in text
    assert "| restored, end of the warm-up | 30.0 %" in text
    assert "| clean (the target) | 1.0 % | 2.0 % | - | - |" in text
    assert "0.40 times" in text and "seed 7" in text and "3.2 minutes" in text
    assert "bfloat16" in text and "\npython train.py --seed 7\n" in text
    assert "judge" not in text


def test_a_run_without_a_warm_up_has_no_such_row():
    text = write_gan_card(
        SETTINGS,
        {name: scores(0.5) for name in ("degraded", "restored", "clean")},
        12,
        1.0,
    )
    assert "warm-up" not in text
