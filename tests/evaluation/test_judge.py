import pytest

from keras_htr_gan.charset import LATIN, Charset
from keras_htr_gan.errors import UserError
from keras_htr_gan.evaluation.judge import JUDGE, select_judge
from keras_htr_gan.networks.recognizer import Recognizer


def test_the_shipped_judge_reads_what_it_knows(capsys):
    assert select_judge("auto", Charset(LATIN)).size == "judge"
    assert select_judge("auto", Charset([*LATIN, "Ж"])) is None
    assert f"No judge: {JUDGE} does not know Ж" in capsys.readouterr().out
    assert select_judge("none", Charset(LATIN)) is None


def test_a_judge_that_is_named_is_taken(tmp_path):
    Recognizer("abc", "judge").save_to_preset(tmp_path / "judge")
    judge = select_judge(str(tmp_path / "judge"), Charset(["Ж"]))
    assert judge.charset.characters == Recognizer("abc").charset.characters
    with pytest.raises(UserError, match="nowhere"):
        select_judge(str(tmp_path / "nowhere"), Charset(["Ж"]))
