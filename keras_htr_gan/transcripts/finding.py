"""Finds PAGE and ALTO files and the images they belong to."""

from dataclasses import dataclass, field
from pathlib import Path

from keras_htr_gan.data.readers.file_names import FileNames
from keras_htr_gan.data.readers.page_files import find_page_files, is_page
from keras_htr_gan.data.readers.page_formats import Alto
from keras_htr_gan.data.readers.page_xml import open_page
from keras_htr_gan.data.readers.safe_xml import PageError
from keras_htr_gan.images.finding import NO_FILES, NO_FOLDERS, find_written

# Folders beside or in that of the images in which exports have their XML.
XML_FOLDERS = ("page", "alto")
YEARS = (
    *("2009-03-16", "2010-01-12", "2010-03-19", "2013-07-15", "2016-07-15"),
    *("2017-07-15", "2018-07-15", "2019-07-15"),
)
NAMESPACES = {
    "",
    *(
        f"http://schema.primaresearch.org/PAGE/gts/pagecontent/{y}"
        for y in YEARS
    ),
    *(f"http://www.loc.gov/standards/alto/ns-v{n}#" for n in (2, 3, 4)),
    "http://schema.ccs-gmbh.com/ALTO",
}


@dataclass(frozen=True)
class Transcript:
    """A PAGE or ALTO file on disk.

    Args:
        path: `Path`.
        folder: `Path`, nothing outside of which is read for it.
        name: `Path`, its own within what was named by the user.
        image: `Path` of its image, or `None` for the one that it names.
    """

    path: Path
    folder: Path
    name: Path
    image: Path | None = None

    def open(self, names=None):
        """The file and its image, see `open_page`: `PageDocument`."""
        return open_page(self.path, self.folder, names, self.image)


@dataclass(frozen=True)
class FoundTranscripts:
    """What PAGE and ALTO files there are.

    Args:
        of_image: dict of the resolved `Path` of an image to a list of
            `Transcript`.
        problems: list of `(path, reason)` of those that cannot be used.
        notes: list of str, a line each, on what is unusual.
    """

    of_image: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def paths(self):
        """The resolved paths of all that were found: set of `Path`."""
        used = [t.path for some in self.of_image.values() for t in some]
        return {p.resolve() for p in (*used, *(p for p, _ in self.problems))}


def find_transcripts(inputs, output=None):
    """Finds PAGE and ALTO files in folders, and beside single images.

    Args:
        inputs: sequence of `Path` of folders, images, and XML files.
        output: `Path` of a folder that is written to, or `None`; what is in
            it is left out.

    Returns:
        `FoundTranscripts`.
    """
    found, unknown = FoundTranscripts(), {}
    for path in inputs:
        names = FileNames()
        is_written = find_written(path, output) if path.is_dir() else None
        for transcript in list_transcripts(path):
            if is_written and is_written(transcript.path):
                continue
            try:
                document = transcript.open(names)
            except PageError as error:
                found.problems.append((transcript.path, error.problem))
                continue
            image = document.image.resolve()
            single = not path.is_dir() and path != transcript.path
            if single and image != path.resolve():
                continue
            of_image = found.of_image.setdefault(image, [])
            if transcript not in of_image:
                of_image.append(transcript)
            if (space := find_namespace(document)) not in NAMESPACES:
                unknown.setdefault((space, document.form), []).append(
                    transcript.path
                )
    for (space, form), paths in unknown.items():
        kind = "ALTO 4" if form is Alto else "PAGE of 2019"
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        found.notes.append(
            f"{paths[0]}{more}: unknown namespace {space}, taken for {kind}"
        )
    return found


def list_transcripts(path):
    """The PAGE and ALTO files of one input: list of `Transcript`."""
    if path.is_dir():
        return [
            Transcript(file, path, file.relative_to(path))
            for file in find_page_files(path)
            if not file.name.startswith(NO_FILES)
            and not set(file.relative_to(path).parts) & set(NO_FOLDERS)
        ]
    folder = path.parent
    if path.suffix.lower() == ".xml":
        if folder.name.lower() in XML_FOLDERS:
            folder = folder.parent
        return [Transcript(path, folder, path.relative_to(folder))]
    name = f"{path.stem}.xml"
    beside = [folder / name, *(folder / f / name for f in XML_FOLDERS)]
    return [
        Transcript(file, folder, file.relative_to(folder))
        for file in beside
        if file.is_file() and is_page(file, folder)
    ]


def find_namespace(document):
    """The namespace of a page's root: str, empty without one."""
    tag = document.root.tag
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""
