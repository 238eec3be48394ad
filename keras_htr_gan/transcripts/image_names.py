"""What a PAGE or ALTO file calls its image, once that is restored."""

import posixpath
from xml.sax.saxutils import escape

from keras_htr_gan.data.readers.page_files import parse_name
from keras_htr_gan.data.readers.page_formats import Alto
from keras_htr_gan.transcripts.splicing import Splicer, make_element

# The words that OCR-D has for images that are derived, by the mode in which a
# page is written.
DERIVED = {
    "grey": "grayscale_normalized,despeckled",
    "binarize": "binarized,despeckled",
    "colour": "despeckled",
}


def name_restored_image(document, name, mode):
    """A page's XML that names its restored image; coordinates stay.

    In ALTO `fileName` is the image's name. In PAGE `imageFilename` is that of
    the original and stays, as OCR-D wants it, and the restored image is one
    more `AlternativeImage`, whose `comments` say what was done to it.

    Args:
        document: `PageDocument`.
        name: str, the restored file's, without a folder.
        mode: str, see `render_page`.

    Returns:
        bytes of the file.

    Raises:
        PageError: if it cannot be written again.
    """
    splicer = Splicer(document)
    named = (
        document.form.image_name(document.root, document.page) or ""
    ).strip()
    absolute, relative, _ = parse_name(named)
    if named and not absolute:
        name = posixpath.join(posixpath.dirname(relative), name)
    if document.form is Alto:
        file_name = document.root.find(
            "{*}Description/{*}sourceImageInformation/{*}fileName"
        )
        if file_name is not None and name != relative:
            splicer.fill(file_name, escape(name))
        return splicer.make()
    page = document.page
    attributes = {"filename": name, "comments": DERIVED[mode]}
    others = page.findall("{*}AlternativeImage")
    if not any(dict(other.attrib) == attributes for other in others):
        image = splicer.name(page, "AlternativeImage")
        image = make_element(image, attributes)
        if others:
            splicer.insert_after(others[-1], image)
        elif len(page):
            splicer.insert_before(page[0], image)
        else:
            splicer.fill(page, image)
    return splicer.make()
