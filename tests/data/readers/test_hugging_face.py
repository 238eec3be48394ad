import datasets
import huggingface_hub
import numpy as np
import pytest

from keras_htr_gan.data.readers.forms import read_lines
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import load_grey
from tests import hostile
from tests.data.readers.line_files import texts, write_csv, write_folder


def write_parquet(path, numbers, folder, embedded=True):
    rows = write_folder(folder, len(numbers), numbers[0])
    files = [folder / name for name, _ in rows]
    table = datasets.Dataset.from_dict(
        {
            "image": [
                {"bytes": file.read_bytes(), "path": None}
                if embedded
                else str(file)
                for file in files
            ],
            "text": [text for _, text in rows],
            "writer": [f"w{i}" for i in numbers],
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    table.cast_column("image", datasets.Image()).to_parquet(str(path))


@pytest.mark.parametrize("embedded", [True, False])
def test_a_parquet_file(tmp_path, embedded):
    path = tmp_path / "data" / "lines.parquet"
    images = path.parent / "images"
    write_parquet(path, range(3), images, embedded)
    for data in (path, path.parent):
        found = read_lines(data)
        assert texts(found) == ["text 0", "text 1", "text 2"]
        assert not found.problems
        assert [x.columns for x in found.lines] == [
            {"writer": f"w{i}"} for i in range(3)
        ]
    for i, line in enumerate(found.lines):
        original = load_grey(images / f"{i}.png")
        assert np.array_equal(load_grey(line.clean), original)


@pytest.mark.parametrize(
    "names",
    [
        ("train-00000-of-00001", "val_0", "test"),
        ("train/0000", "validation/0000", "test/0000"),
    ],
)
def test_parquet_files_with_splits_in_their_names(tmp_path, names):
    for i, name in enumerate(names):
        path = tmp_path / "data" / f"{name}.parquet"
        write_parquet(path, range(2 * i, 2 * i + 2), tmp_path / "images")
    found = read_lines(tmp_path / "data")
    splits = {}
    for line in found.lines:
        splits.setdefault(line.columns["split"][:3], []).append(line.text)
    assert splits == {
        "tra": ["text 0", "text 1"],
        "val": ["text 2", "text 3"],
        "tes": ["text 4", "text 5"],
    }


def test_damaged_images_in_parquet_are_named_by_their_row(tmp_path):
    hostile.write_line(tmp_path / "0.png")
    hostile.write_line(tmp_path.parent / "outside.png")
    good = (tmp_path / "0.png").read_bytes()
    outside = str(tmp_path.parent / "outside.png")
    cells = [
        {"bytes": good, "path": None},
        {"bytes": good[:100], "path": None},
        {"bytes": None, "path": outside},
        None,
    ]
    table = datasets.Dataset.from_dict(
        {"image": cells, "text": list("abcd")},
        datasets.Features(
            {
                "image": {
                    "bytes": datasets.Value("binary"),
                    "path": datasets.Value("string"),
                },
                "text": datasets.Value("string"),
            }
        ),
    )
    table.to_parquet(str(tmp_path / "lines.parquet"))
    found = read_lines(tmp_path / "lines.parquet")
    assert texts(found) == ["a"]
    name = f"{tmp_path / 'lines.parquet'}: train row"
    one, two, three = map(str, found.problems)
    assert one.startswith(f"{name} 1: image: damaged")
    assert two == (
        f"{name} 2: image: the row holds no image, only the name of one "
        f"outside the data: {outside!r}"
    )
    assert three == f"{name} 3: image: the row holds no image"


def test_an_image_folder_of_the_hub_names_downloaded_files(
    tmp_path, monkeypatch
):
    hub = tmp_path / "hub"
    rows = write_folder(hub, 2)
    write_csv(hub / "metadata.csv", ("file_name", "text"), *rows)
    load = datasets.load_dataset
    monkeypatch.setattr(
        datasets,
        "load_dataset",
        lambda name, **_: load("imagefolder", data_dir=str(hub)),
    )
    constants = huggingface_hub.constants
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "other"))
    found = read_lines("someone/lines")
    assert not found.lines and len(found.problems) == 2
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(hub))
    found = read_lines("someone/lines")
    assert texts(found) == ["text 0", "text 1"] and not found.problems


def test_an_empty_parquet_is_one_line(tmp_path):
    (tmp_path / "lines.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError) as caught:
        read_lines(tmp_path / "lines.parquet")
    assert "\n" not in str(caught.value)
