"""What an inspection found, in pictures."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from keras_htr_gan.charset import characters_of
from keras_htr_gan.data.wording import to_one_line
from keras_htr_gan.images.decoding import load_grey
from keras_htr_gan.images.scaling import scale_line, scale_width
from keras_htr_gan.inspection.report import make_visible

ON_SHEET = 40
FONT = "DejaVu Sans"


def draw_histograms(report, lines):
    """Draws text lengths, scaled widths and buckets, heights, and characters.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure = Figure(figsize=(15, 8), layout="constrained")
    FigureCanvasAgg(figure)
    texts, widths, heights, characters = figure.subplots(2, 2).flat
    fill_histogram(texts, [len(characters_of(x.text)) for x in lines])
    texts.set(title="characters of a text", xlabel="characters")
    height = report["height"]
    fill_histogram(widths, [scale_width(*x.size, height) for x in lines])
    for edge in report["bucket_widths"]:
        widths.axvline(edge, color="tab:red", linestyle="--", linewidth=1)
    padding = f"{100 * report['padding']:.0f}% padding"
    widths.plot([], [], "--", color="tab:red", label=f"batches: {padding}")
    widths.legend(fontsize="small")
    widths.set(title=f"width at {height} pixels of height", xlabel="pixels")
    fill_histogram(heights, [x.size[1] for x in lines])
    heights.set(title="height as it is", xlabel="pixels")
    commonest = list(report["characters"].items())[:40]
    places = range(len(commonest))
    characters.bar(places, [count for _, count in commonest])
    characters.set_xticks(
        places, [make_visible(c).replace("$", r"\$") for c, _ in commonest]
    )
    for label in characters.get_xticklabels():
        label.set_rotation(90 if len(label.get_text()) > 3 else 0)
    characters.set_xlim(-0.7, len(commonest) - 0.3)
    characters.set(
        title=f"the commonest of {len(report['characters'])} characters",
        ylabel="count",
    )
    for axes in (texts, widths, heights):
        axes.set_ylabel("lines")
    for axes in figure.axes:
        axes.grid(alpha=0.3, axis="y")
        axes.set_axisbelow(True)
    return figure


def fill_histogram(axes, values):
    """Fills axes with bins of whole numbers, at most 50 of them."""
    low, high = min(values), max(values)
    step = max(1, -(-(high - low + 1) // 50))
    axes.hist(values, np.arange(low, high + step + 1, step) - 0.5)


def draw_contact_sheet(lines, height=48, width=760, columns=2):
    """Draws lines from all over the data, each above its text.

    Returns:
        `PIL.Image.Image`.
    """
    count = min(ON_SHEET, len(lines))
    chosen = np.linspace(0, len(lines) - 1, count).round().astype(int)
    rows = -(-count // columns)
    text_font = ImageFont.truetype(findfont(FONT), 14)
    name_font = ImageFont.truetype(findfont(FONT), 10)
    gap, caption = 14, 36
    step = height + caption + gap
    sheet = Image.new(
        "L", (columns * (width + gap) + gap, rows * step + gap), "white"
    )
    draw = ImageDraw.Draw(sheet)
    for place, number in enumerate(chosen):
        line = lines[number]
        left = gap + place // rows * (width + gap)
        top = gap + place % rows * step
        grey = scale_line(load_grey(line.clean or line.degraded), height)
        image = Image.fromarray(np.uint8(255 * grey + 0.5))
        image.thumbnail((width, height))
        sheet.paste(image, (left, top))
        draw.rectangle(
            (left - 1, top - 1, left + image.width, top + image.height),
            outline=170,
        )
        for text, font, below, ink in (
            (to_one_line(line.text), text_font, 3, 0),
            (shorten_name(line.name), name_font, 20, 120),
        ):
            place_below = (left, top + image.height + below)
            fitting = fit_text(text, font, width)
            draw.text(place_below, fitting, ink, font)
    return sheet


def shorten_name(name):
    """A line's name without the folders before the file."""
    return to_one_line(name).rpartition("/")[2]


def fit_text(text, font, width):
    """As much of a text as fits, with an ellipsis where some does not."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
