"""The page on which scans are looked at, made of gradio's components.

Nothing leaves the machine: gradio counts no use, keeps no history of runs and
takes no fonts from elsewhere.
"""

import contextlib
import functools
import html
import os
from pathlib import Path
from types import SimpleNamespace

from keras_htr_gan.errors import UserError
from keras_htr_gan.images.documents import count_pages
from keras_htr_gan.images.finding import Found
from keras_htr_gan.presets import Preset, shipped_presets
from keras_htr_gan.restoration.jobs import find_sources
from keras_htr_gan.restoration.rendering import PURPOSES
from keras_htr_gan.viewing.viewer import Viewer, Wish

TITLE = "Before and after"
PAGE_IS_NOT_READ = (
    "This is a page. The command `read` reads its lines, where a PAGE-XML or "
    "ALTO file says where they lie."
)
# Copies of what is dropped and shown are looked for each hour, and removed
# after a day.
KEPT_SECONDS = (3_600, 86_400)
# A button cannot wait for what it gives away, so another one is pressed for it.
PRESS = "() => setTimeout(() => document.querySelector('#result').click(), 200)"


def build_page(
    scans=(), model="latin_small", recognizer="latin_small", runtime="auto"
):
    """A page on which scans are restored and looked at.

    Example:

        build_page(["scans"]).launch()

    Args:
        scans: sequence of paths of documents and folders, to choose from.
        model, recognizer: str, what restores and what reads at first, see
            `load_restoring_model`.
        runtime: see `load_restoring_model`.

    Returns:
        `gradio.Blocks`.

    Raises:
        UserError: if gradio is not installed, there are no such scans, or a
            model cannot be loaded.
    """
    gradio = import_gradio()
    documents = list_scans(scans)
    viewer = Viewer(runtime)
    viewer.restorer(model), viewer.recognizer(recognizer)
    with gradio.Blocks(
        title=TITLE,
        analytics_enabled=False,
        fill_width=True,
        delete_cache=KEPT_SECONDS,
    ) as page:
        parts = place_parts(gradio, documents, model, recognizer)
        connect(gradio, page, parts, viewer, documents)
    page.launch = functools.partial(
        page.launch,
        theme=gradio.themes.Default(
            font=("system-ui", "sans-serif"),
            font_mono=("ui-monospace", "monospace"),
        ),
        share=False,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        pwa=False,
    )
    return page


def import_gradio():
    """The module `gradio`, which is asked to count no use.

    Raises:
        UserError: if it is not installed; names the extra that brings it.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    try:
        import gradio
    except ModuleNotFoundError as error:
        raise UserError(
            "the page to look at scans needs gradio: pip install "
            "'keras_htr_gan[view]'"
        ) from error
    return gradio


def list_scans(scans):
    """The documents among files and folders: dict of names to `Path`.

    Raises:
        UserError: if there is none.
    """
    found = Found()
    for path in map(Path, scans):
        find_sources(path, None, found)
    documents = {}
    for file, name in found.documents:
        # Two folders may have files of one name.
        name = str(file if str(name) in documents else name)
        documents[name] = file
    return documents


def list_models(network, first):
    """Names of a model and of all that are shipped with a network: list."""
    shipped = shipped_presets()
    able = [name for name in shipped if network in Preset(name).networks]
    return list(dict.fromkeys([str(first), *able]))


def place_parts(gradio, documents, model, recognizer):
    """What is on the page: a namespace of components."""
    parts, names = SimpleNamespace(), list(documents)
    with gradio.Row():
        with gradio.Column(scale=1, min_width=260):
            parts.listed = gradio.Dropdown(
                names,
                value=names[0] if names else None,
                label="Scan",
                visible=bool(names),
            )
            parts.dropped = gradio.File(label="Another scan", height=130)
            parts.number = gradio.Number(
                1, label="Page", precision=0, visible=False
            )
            parts.purpose = gradio.Radio(
                list(PURPOSES), value="eyes", label="For"
            )
            parts.strength = gradio.Slider(
                0, 1, PURPOSES["eyes"]["strength"], step=0.05, label="Strength"
            )
            parts.text_height = gradio.Number(
                0, label="Pixels of a line of writing, 0: estimated"
            )
            parts.model = gradio.Dropdown(
                list_models("generator", model), value=str(model), label="Model"
            )
            parts.recognizer = gradio.Dropdown(
                list_models("recognizer", recognizer),
                value=str(recognizer),
                label="Recogniser",
            )
            parts.download = gradio.Button("Download", variant="primary")
            parts.result = gradio.DownloadButton(
                visible="hidden", elem_id="result"
            )
        with gradio.Column(scale=4):
            parts.slider = gradio.ImageSlider(
                label=TITLE,
                interactive=False,
                max_height=900,
                buttons=["fullscreen"],
            )
            parts.note = gradio.Markdown(PAGE_IS_NOT_READ, visible=False)
            with gradio.Row():
                parts.before = gradio.Textbox(visible=False)
                parts.after = gradio.Textbox(visible=False)
    return parts


def connect(gradio, page, parts, viewer, documents):
    """Says what happens on the page when something is chosen."""

    def find(listed, dropped):
        return Path(dropped) if dropped else documents.get(listed)

    def open_scan(listed, dropped):
        path = find(listed, dropped)
        pages = count_pages(path) if path else 1
        return gradio.Number(1, label=f"Page, of {pages}", visible=pages > 1)

    # Gradio hands over the progress where this stands.
    def restore(progress=gradio.Progress(), *chosen):  # noqa: B008
        listed, dropped, number, *wish = chosen
        if (path := find(listed, dropped)) is None:
            return None, *tell_readings(gradio)
        with told_on_page(gradio):
            number, progress = int(number or 1) - 1, add_up(progress)
            view = viewer.view(path, number, Wish(*wish), progress)
        return viewer.save(view), *tell_readings(gradio, view)

    def write(listed, dropped, number, *wish):
        with told_on_page(gradio):
            if (path := find(listed, dropped)) is None:
                raise UserError("there is no scan to restore yet")
            return str(viewer.write(path, Wish(*wish)))

    source = [parts.listed, parts.dropped]
    chosen = [*source, parts.number, parts.model, parts.recognizer]
    chosen += [parts.purpose, parts.strength, parts.text_height]
    seen = [parts.slider, parts.note, parts.before, parts.after]
    apart = {"api_visibility": "private"}
    opens = {"fn": open_scan, "inputs": source, "outputs": parts.number} | apart
    shows = {"fn": restore, "inputs": chosen, "outputs": seen}

    changes = [parts.number.input, parts.model.input, parts.recognizer.input]
    changes += [parts.strength.input, parts.text_height.submit]
    gradio.on(
        [*changes, parts.text_height.blur],
        **shows,
        api_name="restore",
        trigger_mode="always_last",
    )
    opened = [page.load, parts.dropped.upload, parts.dropped.clear]
    gradio.on(opened, **opens).success(**shows, **apart)
    parts.listed.input(lambda: None, None, parts.dropped, **apart).success(
        **opens
    ).success(**shows, **apart)
    parts.purpose.input(
        lambda purpose: PURPOSES[purpose]["strength"],
        parts.purpose,
        parts.strength,
        **apart,
    ).success(**shows, **apart)
    parts.download.click(write, chosen, parts.result, api_name="write").success(
        None, js=PRESS, **apart
    )


@contextlib.contextmanager
def told_on_page(gradio):
    """Within a `with` block, a mistake is told on the page."""
    try:
        yield
    except UserError as error:
        # Files have any names, and the page would take them for HTML.
        message = html.escape(str(error), quote=False)
        raise gradio.Error(message, print_exception=False) from error


def add_up(progress):
    """Tells gradio's progress of shares, see `Restorer.restore`."""
    done = 0.0

    def add(share):
        nonlocal done
        done = min(1.0, done + share)
        progress(done, desc="Restoring")

    return add


def tell_readings(gradio, view=None):
    """Updates of the note and of what was read before and after: three."""
    boxes = [gradio.Textbox(visible=False)] * 2
    if view is not None and view.readings is not None:
        boxes = [
            gradio.Textbox(
                reading.text,
                label=f"Read {when}, {reading.confidence:.0%} sure",
                visible=True,
            )
            for when, reading in zip(
                ("before", "after"), view.readings, strict=True
            )
        ]
    is_page = view is not None and view.readings is None
    return gradio.Markdown(visible=is_page), *boxes
