"""A processor of OCR-D: each page gets one more image, which is restored.

    ocrd-keras-htr-gan-restore -I OCR-D-IMG -O OCR-D-RESTORED

What stands behind it in a workflow takes that image. `ocrd-tool.json` beside
this file says the parameters.
"""

import click
from ocrd import Processor
from ocrd.decorators import ocrd_cli_options, ocrd_cli_wrap_processor
from ocrd.processor.ocrd_page_result import OcrdPageResult, OcrdPageResultImage
from ocrd_models.ocrd_page import AlternativeImageType

from keras_htr_gan.backend import hide_native_logs
from keras_htr_gan.errors import UserError
from keras_htr_gan.restoration.opened_images import restore_opened_image
from keras_htr_gan.restoration.restorer import Restorer

RESTORED, BINARIZED = "restored", "binarized"


class RestoringProcessor(Processor):
    """Adds the restored image to each page."""

    # onnxruntime takes all cores by itself, and is not to be forked.
    max_workers = 1
    metadata_filename = "plugins/ocrd-tool.json"
    executable = "ocrd-keras-htr-gan-restore"

    def setup(self):
        """Loads the model.

        Raises:
            UserError: if it cannot be loaded.
        """
        self.restorer = Restorer.from_preset(self.parameter["model"])

    def process_page_pcgts(self, *input_pcgts, page_id=None):
        """Restores the image of a page, as cropped and turned as it is.

        Args:
            *input_pcgts: the page, an `OcrdPage`.
            page_id: str.

        Returns:
            `OcrdPageResult`, the page with an `AlternativeImage` more.
        """
        (pcgts,) = input_pcgts
        page, parameter = pcgts.get_Page(), self.parameter
        image, found, _ = self.workspace.image_from_page(
            page, page_id, feature_filter=f"{BINARIZED},{RESTORED}"
        )
        restored = restore_opened_image(
            self.restorer,
            image,
            parameter["for"],
            parameter.get("strength"),
            "binarize" if parameter["binarize"] else None,
            parameter.get("text_height"),
        )
        features = [*filter(None, [found["features"]]), RESTORED]
        features += [BINARIZED] * parameter["binarize"]
        named = AlternativeImageType(comments=",".join(features))
        page.add_AlternativeImage(named)
        result = OcrdPageResult(pcgts)
        result.images.append(OcrdPageResultImage(restored, "IMG", named))
        return result


@click.command()
@ocrd_cli_options
def restore(*arguments, **options):
    """What `ocrd-keras-htr-gan-restore` does; OCR-D has its help."""
    hide_native_logs()
    try:
        return ocrd_cli_wrap_processor(
            RestoringProcessor, *arguments, **options
        )
    except UserError as error:
        raise click.ClickException(f"model: {error}") from error
