"""Encode what an input hears: its newest chunk, every few hops, as a point of the latent space."""

from typing import cast

import numpy as np

from distill_live.bundle import Bundle
from distill_live.errors import ConfigurationError
from distill_live.input.streaming_spectrogram import StreamingSpectrogram
from distill_live.process_environment import onnx_session
from distill_live.spectrogram import Float32, Representation

ENCODE_HOPS = 4
"""Hops from one encoded chunk to the next. At each hop a standard encoder would take most of a
core, as `distill-live check` measures it."""

DECIMALS = 3
"""Decimals of an encoded latent, in standard deviations; a take holds them as text."""

NO_ENCODER = (
    "this model has no encoder, so it cannot follow an input; 'distill-train export CHECKPOINT "
    "--out NEW' with a checkpoint of the run that made it writes a model that can"
)


class InputEncoder:
    """Encoder of the newest chunk of a stream.

    Models of recordings that are longer than a chunk know no sound with silence before it. For
    these a sound that begins is mirrored into the silence before it, until it fills the chunk.

    Parameters
    ----------
    bundle
        The model.

    Raises
    ------
    ConfigurationError
        If the model has no encoder.
    """

    def __init__(self, bundle: Bundle) -> None:
        if not bundle.encoder:
            raise ConfigurationError(NO_ENCODER)
        representation = Representation(bundle.settings, bundle.statistics)
        self._spectrogram = StreamingSpectrogram(representation)
        self._session = onnx_session(bundle.encoder)
        self._mean, self._std = bundle.latent_mean, bundle.latent_std
        lengths = [path.frames for path in bundle.paths]
        self._mirrors = bool(lengths and np.median(lengths) >= bundle.settings.n_frames)
        self._frames = 0  # since the last encoded chunk

    def reset(self) -> None:
        """Reset to silence, as newly made."""
        self._spectrogram.reset()
        self._frames = 0

    def push(self, samples: Float32) -> tuple[float, ...] | None:
        """Analyse the next samples; encode the newest chunk if that is due.

        Parameters
        ----------
        samples
            ``(n,)`` float32 at the model's sample rate, mono and finite, a hop or less for a latent
            every `ENCODE_HOPS` hops.

        Returns
        -------
        tuple of float or None
            As from `encode`, if at least `ENCODE_HOPS` frames have come since the last one.
        """
        self._frames += self._spectrogram.push(samples)
        if self._frames < ENCODE_HOPS:
            return None
        self._frames = 0
        return self.encode()

    def encode(self) -> tuple[float, ...]:
        """Encode the newest chunk; returns the values of ``/input/latent``.

        They are the mean of its latent, standardised, and not finite if the encoder fails on it.
        """
        chunk, sounding = self._spectrogram.chunk, self._spectrogram.sounding_frames
        silent = chunk.shape[2] - sounding
        if self._mirrors and sounding:
            chunk = np.pad(chunk[..., silent:], ((0, 0), (0, 0), (silent, 0)), mode="symmetric")
        (means,) = self._session.run(["latent"], {"spectrogram": chunk[None]})
        latent = (cast(Float32, means)[0].astype(np.float64) - self._mean) / self._std
        values: list[float] = latent.round(DECIMALS).tolist()
        return tuple(values)
