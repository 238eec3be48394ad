"""What time does to a page: small seeded functions.

Each function of `DEGRADATIONS` takes a float32 image `(height, width)`, 0 =
ink, 1 = paper, a `numpy.random.Generator` and a severity from 0 (nothing) to
1 (heavy), and returns a new float32 image of the same shape and range. They
stand in the order in which they happen: to ink, to paper, to light and to
the camera. Lengths are in heights of a line, so that lines of any height look
alike (see `measured_in`); only the blocks of `jpeg` are always of 8 pixels.
"""

import functools

import cv2
import numpy as np

from keras_htr_gan.data.textures import (
    STAMP_BAND,
    axes,
    blank_depth,
    blurred,
    depth_from,
    ink_darkness,
    laid_behind,
    leader_marks,
    line_height_of,
    measured_in,
    painted,
    ridge,
    rules,
    smooth_noise,
    spot,
    stamp_label,
    step,
    white_noise,
    written_behind,
)

DEGRADATIONS = {}
NEED_OTHER = ("show_through", "bleed_through", "other_side")
SIDES = ("left", "right", "top", "bottom")
DUST_ROWS = 64


def degradation(function):
    """Enters a function into `DEGRADATIONS`, and keeps its range."""

    @functools.wraps(function)
    def bounded(image, rng, severity, *other):
        if severity <= 0:
            return image.copy()
        return np.clip(function(image, rng, severity, *other), 0.0, 1.0)

    DEGRADATIONS[function.__name__] = bounded
    return bounded


@degradation
def faded_ink(image, rng, severity):
    """Ink that has paled, hairlines most."""
    ink = 1.0 - image
    body = np.minimum(1.8 * blurred(ink, 1 / 24), 1.0)
    kept = 1.0 - severity * rng.uniform(0.38, 0.7)
    hairlines = severity * rng.uniform(0.15, 0.65)
    return 1.0 - kept * ink * (1.0 - hairlines + hairlines * body)


@degradation
def uneven_ink(image, rng, severity):
    """Ink darker in one word than in the next, and within strokes."""
    words = smooth_noise(rng, image.shape, (4.0, 1.0))
    strokes = smooth_noise(rng, image.shape, 1 / 5)
    kept = 1.0 - severity * (0.18 + 0.25 * words + 0.12 * strokes)
    return 1.0 - (1.0 - image) * np.clip(kept, 0.35, 1.0)


@degradation
def broken_strokes(image, rng, severity):
    """Ink that skipped on the grain of the paper: strokes with gaps."""
    grain = smooth_noise(rng, image.shape, 1 / 16)
    grain += 0.4 * smooth_noise(rng, image.shape, 1 / 30)
    grain += 0.4 * smooth_noise(rng, image.shape, (2.0, 1.0))
    kept = np.clip(2.5 * (grain + 2.4 - 1.6 * severity), 0.15, 1.0)
    return 1.0 - (1.0 - image) * kept


@degradation
def pencil(image, rng, severity):
    """Graphite: pale even where strokes are broad, on the paper's grain."""
    grain = smooth_noise(rng, image.shape, 1 / 28)
    grain += 0.5 * smooth_noise(rng, image.shape, 1 / 12)
    pressure = smooth_noise(rng, image.shape, (1.5, 0.6))
    cover = 1.0 - severity * (0.3 - 0.25 * grain - 0.1 * pressure)
    pale = 1.0 - severity * rng.uniform(0.1, 0.55)
    return 1.0 - pale * np.clip(cover, 0.1, 1.0) * (1.0 - image)


@degradation
def ink_halo(image, rng, severity):
    """Iron-gall ink: paper burnt brown around the strokes."""
    halo = blurred(1.0 - image, rng.uniform(0.04, 0.1))
    patchy = np.clip(1.0 + 0.5 * smooth_noise(rng, image.shape, 1.0), 0.3, 2)
    return image * (1.0 - severity * rng.uniform(0.3, 0.6) * halo * patchy)


@degradation
def bite_through(image, rng, severity):
    """Iron-gall ink: holes where it lay thickest, and what lies behind."""
    body = blurred(1.0 - image, 1 / 28)
    grain = smooth_noise(rng, image.shape, 1 / 4)
    grain += 0.5 * smooth_noise(rng, image.shape, 1 / 14)
    level = body * (1.0 + 0.45 * grain) + 0.7 * severity - 1.2
    behind = rng.choice((rng.uniform(0.05, 0.3), rng.uniform(0.7, 0.95)))
    burnt = image * (1.0 - 0.5 * step(level, -0.12, 0.25))
    return painted(burnt, step(level, 0.0, 0.08), float(behind))


@degradation
def ruled_paper(image, rng, severity):
    """Printed lines to write on."""
    return image * (1.0 - severity * rules(rng, image.shape, (0.5, 1.0), 1))


@degradation
def squared_paper(image, rng, severity):
    """Printed squares."""
    return image * (1.0 - severity * rules(rng, image.shape, (0.25, 0.45), 2))


@degradation
def leaders(image, rng, severity):
    """Dotted, dashed or drawn through: the lines of forms and registers."""
    printed = 0.85 + 0.15 * smooth_noise(rng, image.shape, 0.4)
    printed = np.clip(printed, 0.4, 1.0) * leader_marks(rng, image.shape)
    return image * (1.0 - severity * rng.uniform(0.5, 0.9) * printed)


@degradation
def show_through(image, rng, severity, other):
    """The back of a thin page, seen against the light: faint and blurred."""
    back = laid_behind(other, image.shape, rng)
    back = blurred(back, rng.uniform(0.03, 0.07))
    return image * (1.0 - severity * rng.uniform(0.12, 0.3) * back)


@degradation
def bleed_through(image, rng, severity, other):
    """Ink of the back, mirrored, that has soaked through in places."""
    back = laid_behind(other, image.shape, rng)
    back = blurred(back, rng.uniform(0.015, 0.04))
    soaked = step(smooth_noise(rng, image.shape, 0.7), -1.2, 1.0)
    soaked = 0.4 + 0.6 * soaked
    return image * (1.0 - severity * rng.uniform(0.25, 0.65) * back * soaked)


@degradation
def other_side(image, rng, severity, other):
    """The back of the sheet, nearly as dark as the front, and nearly sharp.

    On the lines and between them; on average a little paler than the ink of
    the front, which alone tells them apart where both lie in focus.
    """
    back = written_behind(other, image.shape, rng)
    back = blurred(back, rng.uniform(0.004, 0.03))
    patchy = 0.9 + 0.1 * smooth_noise(rng, image.shape, 1.0)
    back *= np.clip(patchy, 0.6, 1.0)
    darkness = ink_darkness(image) or 0.8
    darkness *= severity * rng.uniform(0.7, 0.9)
    if rng.random() < 0.5:
        return np.minimum(image, 1.0 - darkness * back)
    return image * (1.0 - darkness * back)


@degradation
def paper_fibre(image, rng, severity):
    """Fibres, grain and cloudiness of the paper."""
    texture = smooth_noise(rng, image.shape, 1 / 2)
    for scale in (1 / 50, (1 / 50, 1 / 9), (1 / 9, 1 / 50)):
        texture += smooth_noise(rng, image.shape, scale)
    return image * (1.0 + severity * rng.uniform(0.006, 0.024) * (texture - 1))


@degradation
def yellowing(image, rng, severity):
    """Paper that has browned: grey sees it darker."""
    tone = rng.uniform(0.06, 0.3) + 0.02 * smooth_noise(rng, image.shape, 2.0)
    return image * (1.0 - severity * tone)


@degradation
def foxing(image, rng, severity):
    """Small rusty spots, in flocks."""
    level = smooth_noise(rng, image.shape, 1 / 12)
    level += 0.4 * smooth_noise(rng, image.shape, 1 / 30)
    level += 0.8 * smooth_noise(rng, image.shape, 1.5)
    spots = step(level, 1.9 - 0.5 * severity, 4.0 - 0.5 * severity)
    return image * (1.0 - severity * rng.uniform(0.35, 0.7) * spots)


@degradation
def stains(image, rng, severity):
    """Blots of grease, dirt or drink, with ragged and soft rims."""
    for _ in range(rng.integers(1, 4)):
        distance = spot(rng, image.shape, rng.uniform(0.15, 0.6))
        soft = rng.uniform(0.1, 0.6)
        shade = 1.0 - step(distance, 1.0 - soft, 1.0 + soft)
        shade *= 1.0 + 0.25 * smooth_noise(rng, image.shape, 1 / 4)
        image = image * (1.0 - severity * rng.uniform(0.1, 0.4) * shade)
    return image


@degradation
def water_lines(image, rng, severity):
    """Tide marks: dirt that water has carried to its rim."""
    for _ in range(rng.integers(1, 3)):
        distance = spot(rng, image.shape, rng.uniform(0.5, 2.0)) - 1.0
        rim = step(distance, -rng.uniform(0.08, 0.3), 0.0) ** 2
        rim *= 1.0 - step(distance, 0.0, rng.uniform(0.02, 0.06))
        rim *= np.clip(1 + 0.5 * smooth_noise(rng, image.shape, 0.7), 0.2, 2)
        wet = 1.0 - step(distance, -0.1, 0.05)
        shade = rng.uniform(0.12, 0.35) * rim + rng.uniform(0, 0.12) * wet
        image = image * (1.0 - severity * shade)
    return image


@degradation
def creases(image, rng, severity):
    """Wrinkles: thin and crooked, with light on one flank."""
    for _ in range(rng.integers(1, 4)):
        along, across = axes(rng, image.shape, rng.uniform(0, np.pi))
        across += 0.06 * smooth_noise(rng, image.shape, 0.6)
        across += 0.015 * smooth_noise(rng, image.shape, 0.15)
        length = rng.uniform(0.4, 1.5)
        lit = 1.0 - step(np.abs(along), 0.3 * length, length)
        lit *= severity * rng.uniform(0.15, 0.35)
        width = rng.uniform(0.012, 0.03)
        flank = ridge(across, width) - 0.6 * ridge(across - 2 * width, width)
        image = image * (1.0 - lit * flank)
    return image


@degradation
def fold(image, rng, severity):
    """A fold: one side in the shade, the edge worn and dirty."""
    angle = rng.normal(0.0, 0.05) + rng.choice((0.0, np.pi / 2), p=(0.3, 0.7))
    along, across = axes(rng, image.shape, angle)
    across += 0.01 * smooth_noise(rng, image.shape, 0.3)
    shade = 0.18 * step(across, -0.03, 0.03) * (1.0 - step(across, 0.0, 0.9))
    shade += rng.uniform(0.1, 0.3) * ridge(across, 0.05)
    worn = step(smooth_noise(rng, image.shape, 1 / 12), -1.0, 0.8)
    worn *= severity * 0.8 * ridge(across, 0.018)
    return painted(image * (1.0 - severity * shade), worn, 0.95)


@degradation
def stamp(image, rng, severity):
    """Part of an owner's stamp, round or rectangular, badly inked."""
    shape = image.shape
    along, across = axes(rng, shape, rng.uniform(-0.4, 0.4))
    size = rng.uniform(0.35, 1.1)
    if rng.random() < 0.6:
        along, across = cv2.cartToPolar(along, across)
        along, across = across * size, along - size
        length = 2 * np.pi * size
    else:
        length = size * rng.uniform(2.0, 3.5)
        along += length / 2
    label = stamp_label(rng, length)
    pixels = label.shape[0] / STAMP_BAND
    inked = cv2.remap(
        label,
        along * pixels,
        (across + STAMP_BAND / 2) * pixels,
        cv2.INTER_LINEAR,
    )
    inked = blurred(inked, rng.uniform(0.008, 0.02))
    patchy = smooth_noise(rng, shape, 0.5) + smooth_noise(rng, shape, 1 / 20)
    inked *= np.clip(0.8 + 0.4 * patchy, 0.0, 1.0)
    return image * (1.0 - severity * rng.uniform(0.3, 0.6) * inked)


@degradation
def dust(image, rng, severity):
    """Specks and hairs on the page or on the glass."""
    # Drawn at one height for all, as no line is finer than a pixel.
    rows = line_height_of(image.shape)
    high, length = (pixels / rows for pixels in image.shape)
    size = [max(1, round(DUST_ROWS * side)) for side in (high, length)]
    count = rng.poisson(severity * (1 + 3 * length) * high)
    for dark in (True, False):
        drawn = np.zeros(size, "uint8")
        for _ in range(count if dark else count // 3):
            hair = rng.random() < 0.15
            points = rng.normal(0, 0.025, (rng.integers(4, 9), 2))
            points = np.cumsum(np.cumsum(points, 0), 0) if hair else points / 4
            points += rng.random(2) * (length, high)
            points = np.int32(points * DUST_ROWS * 16)
            weight = max(1, round(DUST_ROWS * rng.uniform(0.0, 0.035)))
            cv2.polylines(
                drawn,
                [points],
                False,
                int(rng.integers(90, 230)),
                1 if hair else weight,
                cv2.LINE_AA,
                4,
            )
        with measured_in(DUST_ROWS):
            drawn = blurred(drawn.astype("float32") / 255.0, 0.008)
        mask = cv2.resize(drawn, image.shape[::-1])
        image = painted(image, severity * mask, 0.15 if dark else 0.95)
    return image


@degradation
def scratches(image, rng, severity):
    """Fine straight scores that took the ink, or hold dirt."""
    for _ in range(rng.integers(2, 6)):
        along, across = axes(rng, image.shape, rng.uniform(0, np.pi))
        across += 0.02 * smooth_noise(rng, image.shape, 1.0)
        length = rng.uniform(0.2, 1.2)
        mask = ridge(across, rng.uniform(0.004, 0.012))
        mask *= 1.0 - step(np.abs(along), 0.6 * length, length)
        mask *= step(smooth_noise(rng, image.shape, 1 / 8), -1.5, 0.5)
        tone = 0.95 if rng.random() < 0.5 else 0.35
        image = painted(image, severity * rng.uniform(0.4, 0.9) * mask, tone)
    return image


@degradation
def page_edge(image, rng, severity):
    """The edge of the sheet, and beyond it the bed, or the next sheet.

    It hides no ink: where there is no room for it, it is the gutter between
    two pages, which is dark and can be read.
    """
    shape = image.shape
    sides = map(str, rng.choice(SIDES, 2, p=(0.35, 0.35, 0.15, 0.15)))
    side = max(sides, key=functools.partial(blank_depth, image))
    depth = depth_from(side, shape, rng.normal(0.0, 0.008))
    depth += 0.006 * smooth_noise(rng, shape, 0.4)
    across = shape[side in ("left", "right")] / line_height_of(shape)
    room = min(0.15 * across, blank_depth(image, side))
    beyond, kind = rng.uniform(0.4, 1.0), rng.random()
    tone, shade = rng.uniform(0.02, 0.25), rng.uniform(0.4, 0.8)
    width = rng.uniform(0.02, 0.06)
    if room < 0.1 or kind < 0.25:
        gutter = np.exp(depth * (-0.5 / (width * 8)))
        return image * (1.0 - severity * shade * np.minimum(gutter, 1.0))
    depth -= severity * beyond * room
    if kind < 0.55:
        # A sheet throws a shadow on the one below it.
        shadow = np.exp(-np.abs(depth) / width) * (depth < 0)
        tone, shadow = rng.uniform(0.75, 1.0), severity * shade * shadow
        return np.where(depth < 0, image * tone * (1.0 - shadow), image)
    return painted(image, 1.0 - step(depth, -0.015, 0.015), tone)


@degradation
def uneven_light(image, rng, severity):
    """A dim light that falls off towards one side."""
    rows, columns = image.shape
    down, along = rng.uniform(-0.1, 0.1, 2).tolist()
    light = 1.0 - severity * (
        rng.uniform(0.0, 0.1)
        + down * np.linspace(-1, 1, rows, dtype="float32")[:, None]
        + along * np.linspace(-1, 1, columns, dtype="float32")
        + 0.02 * smooth_noise(rng, image.shape, 2.0)
    )
    return image * light


@degradation
def vignetting(image, rng, severity):
    """Corners of a photograph that are darker than its middle."""
    rows, columns = image.shape
    x, y = rng.uniform(-0.4, 0.4, 2).tolist()
    x = np.linspace(-1, 1, columns, dtype="float32") - x
    y = np.linspace(-1, 1, rows, dtype="float32")[:, None] - y
    falloff = x * x + 0.2 * y * y
    return image * (1.0 - severity * rng.uniform(0.08, 0.22) * falloff)


@degradation
def motion_blur(image, rng, severity):
    """A hand that moved, in any direction."""
    angle, length = rng.uniform(0, np.pi), rng.uniform(0.02, 0.09)
    length *= severity * line_height_of(image.shape)
    size = np.arange(length // 2 + 2, dtype="float32")
    size = np.concatenate([-size[:0:-1], size])
    along = size * np.cos(angle) + size[:, None] * np.sin(angle)
    across = size[:, None] * np.cos(angle) - size * np.sin(angle)
    kernel = np.clip(0.5 + length / 2 - np.abs(along), 0, 1)
    kernel *= np.clip(1.0 - np.abs(across), 0, 1)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


@degradation
def focus_blur(image, rng, severity):
    """A lens out of focus."""
    return blurred(image, severity * rng.uniform(0.008, 0.032))


@degradation
def low_resolution(image, rng, severity):
    """A copy in which a line has 22 rows or more, enlarged again."""
    rows = min(1.0, rng.uniform(22, 31) / line_height_of(image.shape))
    size = [max(1, round(n * rows**severity)) for n in image.shape[::-1]]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    way = int(rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC)))
    return cv2.resize(small, image.shape[::-1], interpolation=way)


@degradation
def sensor_noise(image, rng, severity):
    """Grain of the sensor, stronger where there is more light."""
    grain = 0.6 * white_noise(rng, image.shape)
    grain += smooth_noise(rng, image.shape, 1 / 36)
    grain *= severity * rng.uniform(0.006, 0.04)
    return image + grain * np.sqrt(np.maximum(image, 0.0))


@degradation
def jpeg(image, rng, severity):
    """What JPEG loses, at quality 95 down to 15."""
    quality = round(95 - severity * rng.uniform(35, 80))
    code = cv2.imencode(
        ".jpg", to_bytes(image), (cv2.IMWRITE_JPEG_QUALITY, quality)
    )[1]
    decoded = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    return decoded.astype("float32") / 255.0


def to_bytes(image):
    return np.uint8(np.rint(image * 255.0))
