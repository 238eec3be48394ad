from keras_htr_gan.data.readers import measuring
from keras_htr_gan.data.readers.forms import read_lines
from keras_htr_gan.images.decoding import load_grey
from tests.data.readers.line_files import write_csv, write_folder


def test_a_line_is_decoded_once(tmp_path, monkeypatch):
    rows = write_folder(tmp_path)
    write_csv(tmp_path / "metadata.csv", ("file_name", "text"), *rows)
    decoded = []
    monkeypatch.setattr(
        measuring, "load_grey", lambda x: decoded.append(x) or load_grey(x)
    )
    read_lines(tmp_path)
    assert len(decoded) == 3
