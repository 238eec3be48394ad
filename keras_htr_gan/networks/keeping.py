"""The three networks of a model, as they are kept: presets and files."""

import keras

from keras_htr_gan.errors import UserError
from keras_htr_gan.networks.contrast import sees_contrast
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.precision import calculating_in
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.presets import (
    Preset,
    load_model_file,
    names_model_file,
    save_preset,
)

BUILDERS = {
    "generator": build_generator,
    "discriminator": build_discriminator,
}
NETWORKS = (*BUILDERS, "recognizer")


class KeepsNetworks:
    """For `HTRGAN`: how its networks and options are written and read."""

    @classmethod
    def from_preset(cls, preset, **options):
        """A model with its weights, not compiled.

        Args:
            preset: str or path: a shipped preset (`"latin_tiny"`, ...), the
                folder that `save_to_preset` wrote, the folder of a run,
                `"hf://user/name"` of the Hugging Face hub, or a `.keras`
                file, which is loaded without its optimizer, strictly and in
                Keras' safe mode.
            **options: arguments of `HTRGAN` that differ from the preset's.

        Raises:
            UserError: if there is none, it is damaged, or it is none of an
                `HTRGAN`; names the file.
        """
        if names_model_file(preset):
            model = load_model_file(preset, cls)
            if not options:
                return model
            where, networks = preset, model.networks()
            options = model.options() | options
        else:
            files = Preset(preset)
            # First, so that a preset of a recogniser alone is told from none.
            recognizer = Recognizer.from_preset(files.folder)
            networks = {n: files.built(n, b) for n, b in BUILDERS.items()}
            for name, network in networks.items():
                files.load_weights(name, network)
            networks["recognizer"] = recognizer
            where, options = files.folder, files.options | options
        try:
            return cls(**networks, **options)
        except (TypeError, ValueError) as error:
            raise UserError(f"{where}: {error}") from error

    def save_to_preset(self, folder, card=""):
        """Writes a preset of the three networks, without the optimizer.

        Args:
            folder: path.
            card: str, the model card in Markdown.

        Raises:
            ValueError: if the networks are not those of the recogniser's
                size, as `build_generator` and `build_discriminator` make
                them.
        """
        settings = self.named_settings()
        networks = {n: (getattr(self, n), settings[n]) for n in BUILDERS}
        own = self.recognizer.preset_settings()
        networks["recognizer"] = self.recognizer, own
        charset = self.recognizer.charset.characters
        save_preset(folder, networks, charset, card, self.options())

    def networks(self):
        """The networks by the names of their arguments: dict."""
        return {name: getattr(self, name) for name in NETWORKS}

    def networks_in_float32(self):
        """The same networks, made anew, calculating in float32: dict.

        Raises:
            ValueError: see `save_to_preset`.
        """
        settings = self.named_settings()
        with calculating_in("float32"):
            networks = {n: b(**settings[n]) for n, b in BUILDERS.items()}
        for name, network in networks.items():
            network.set_weights(getattr(self, name).get_weights())
        return networks | {"recognizer": self.recognizer.in_float32()}

    def named_settings(self):
        """What `BUILDERS` make the networks of: dict of dict.

        Raises:
            ValueError: see `save_to_preset`.
        """
        size = self.recognizer.size
        settings = {name: {"size": size} for name in BUILDERS}
        if sees_contrast(self.generator):
            settings["generator"]["contrast"] = True
        for name, build in BUILDERS.items():
            network = getattr(self, name)
            if list_shapes(network) != list_shapes(build(**settings[name])):
                raise ValueError(
                    f"the {network.name} is not that of size {size}; only "
                    "such can be made anew and saved to a preset: use "
                    "model.save"
                )
        return settings

    def options(self):
        """The arguments of the model beside the networks: dict."""
        return {
            "pixel_loss_weight": self.pixel_loss_weight,
            "adversarial_loss_weight": self.adversarial_loss_weight,
            "reading_gradient_bound": self.reading_gradient_bound,
            "label_smoothing": self.label_smoothing,
            "faithfulness_loss_weight": self.faithfulness_loss_weight,
            "context_rows": self.context_rows,
            "guidance": self.guidance,
        }

    def get_config(self):
        networks = {
            name: keras.saving.serialize_keras_object(network)
            for name, network in self.networks().items()
        }
        return {**super().get_config(), **networks, **self.options()}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        for name in NETWORKS:
            config[name] = keras.saving.deserialize_keras_object(
                config[name], custom_objects=custom_objects
            )
        return cls(**config)


def list_shapes(network):
    """The shape of each weight by its path: dict."""
    return {v.path: tuple(v.shape) for v in network.weights}
