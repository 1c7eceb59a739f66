"""The analysis in torch: waveforms to the two channels, in batches, on any device.

Filterbank, band centres, units and threshold are those of `distill_live.spectrogram`, which owns
what the channels mean; this module knows how to get there from a waveform, and how to take a
corpus' `Statistics` on the way. It knows nothing of files, and does not set levels.

Float32 is enough everywhere: an STFT's rounding lies about 140 dB under the frame's loudest bin.
"""

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from distill_live.errors import TrainingError
from distill_live.spectrogram import (
    IF_THRESHOLD,
    Representation,
    SpectrogramSettings,
    Statistics,
    hann,
)


class Analysis:
    """Waveforms to band power and frequency, and to the normalised channels.

    Parameters
    ----------
    settings
        Of the spectrogram.
    device
        Where the constants lie and the work is done; waveforms are brought there.
    """

    def __init__(self, settings: SpectrogramSettings, device: torch.device | str = "cpu") -> None:
        self.settings = settings
        self.device = torch.device(device)
        n_fft, hop = settings.n_fft, settings.hop_samples
        representation = Representation(settings, Statistics())
        bins = torch.arange(settings.n_bins)
        centres = torch.from_numpy(representation.centres_bins)
        filterbank = torch.from_numpy(representation.filterbank)
        turn = -2 * math.pi * (bins * hop % n_fft) / n_fft
        self._window = self._constant(torch.from_numpy(hann(n_fft)))
        self._centres_bins = self._constant(centres[:, None])
        self._if_unit_bins = self._constant(torch.from_numpy(representation.if_unit_bins)[:, None])
        self._filterbank = self._constant(filterbank)
        self._moment = self._constant(filterbank * (bins - centres[:, None]))
        self._turn = torch.polar(torch.ones_like(turn), turn).to(self.device)[:, None]
        self._bins_per_radian = n_fft / (2 * math.pi * hop)

    def bands(self, waveform: Tensor) -> tuple[Tensor, Tensor]:
        """Band power and power-weighted band frequency.

        Frames are centred every `hop_samples` from sample 0 on, the ends reflected. A bin's
        frequency is its centre plus its phase advance from the frame before, less the advance of
        the centre, wrapped; the power-weighted mean of these through a band's triangle is the
        band's. The first frame has none before it, and reflection fixes the phase of what it
        touches: frames that reach over an end by more than a hop (or whose predecessor does) take
        the frequencies of the nearest frame that does not. On steady partials that leaves a tenth
        of the error that their own differences make.

        Parameters
        ----------
        waveform
            ``(batch, samples)``, float32, more than ``n_fft / 2`` samples. A caller who has the
            sound around a chunk gets cleaner ends by passing it too (a whole number of hops) and
            cutting the frames.

        Returns
        -------
        tuple of Tensor
            Power (of the unnormalised STFT, >= 0) and frequency in bins, each float32
            ``(batch, n_mels, 1 + samples // hop_samples)``. A band without power is at its centre.

        Raises
        ------
        TrainingError
            If the waveform's shape or type is another.
        """
        self._check(waveform)
        with torch.autocast(self.device.type, enabled=False):
            n_fft, hop = self.settings.n_fft, self.settings.hop_samples
            spectrum = torch.stft(
                waveform.to(self.device),
                n_fft,
                hop,
                window=self._window,
                center=True,
                pad_mode="reflect",
                return_complex=True,
            )
            bin_power = spectrum.real.square() + spectrum.imag.square()
            power = self._filterbank @ bin_power
            moment = self._filterbank @ (bin_power * self._deviation_bins(spectrum))
            moment = moment + self._moment @ bin_power
            sounds = power > torch.finfo(torch.float32).tiny
            offset = torch.where(sounds, moment / torch.where(sounds, power, 1.0), 0.0)
            inside = self._inside(power.shape[-1], waveform.shape[-1])
            return power, self._centres_bins + offset[..., inside]

    def encode(self, power: Tensor, frequency_bins: Tensor, statistics: Statistics) -> Tensor:
        """Band power and frequency to the channels, as `Representation.encode` of numpy arrays.

        Parameters
        ----------
        power, frequency_bins
            ``(batch, n_mels, frames)``, float32, on `device`.
        statistics
            Of the corpus.

        Returns
        -------
        Tensor
            ``(batch, 2, n_mels, frames)``, float32: magnitude, non-negative; IF in [-1, 1].
        """
        magnitude = torch.log1p(self.settings.compression * power) / statistics.scale
        offset = (frequency_bins - self._centres_bins) / self._if_unit_bins
        loud = power >= IF_THRESHOLD * statistics.power_max
        return torch.stack([magnitude, torch.where(loud, offset.clamp(-1.0, 1.0), 0.0)], dim=1)

    def channels(self, waveform: Tensor, statistics: Statistics) -> Tensor:
        """Waveforms `(batch, samples)` to the channels: `bands`, then `encode`."""
        return self.encode(*self.bands(waveform), statistics)

    def _deviation_bins(self, spectrum: Tensor) -> Tensor:
        """Each bin's frequency less its centre, in bins, of the spectrum's shape; 0 at first."""
        advance = spectrum[..., 1:] * spectrum[..., :-1].conj() * self._turn
        deviation = torch.atan2(advance.imag, advance.real) * self._bins_per_radian
        return torch.nn.functional.pad(deviation, (1, 0))

    def _inside(self, frames: int, samples: int) -> Tensor:
        """For each frame, the nearest whose phase advance reflection hardly touches."""
        half, hop = self.settings.n_fft // 2, self.settings.hop_samples
        first = half // hop
        last = max(first, (samples - half) // hop + 1)
        return torch.arange(frames, device=self.device).clamp(first, last)

    def _constant(self, values: Tensor) -> Tensor:
        return values.to(torch.float32).to(self.device)

    def _check(self, waveform: Tensor) -> None:
        least = self.settings.n_fft // 2 + 1
        if waveform.ndim != 2 or not len(waveform) or waveform.shape[1] < least:
            raise TrainingError(
                f"the waveform has shape {tuple(waveform.shape)}; it must be mono, "
                f"(batch, samples), with {least} samples or more"
            )
        if waveform.dtype != torch.float32:
            raise TrainingError(f"the waveform is {waveform.dtype}; it must be torch.float32")


def band_statistics(
    analysis: Analysis, batches: Callable[[], Iterable[tuple[Tensor, Tensor]]]
) -> Statistics:
    """Measure what a corpus is normalised with, from band power and frequency.

    `scale` is the root of the mean square of ``log1p(c P)``, silence included. So the magnitude
    channel has mean square 1 about zero: its zero stays silence, as the decoder's Softplus needs;
    what sounds lies about 1 to 3, where Softplus is nearly linear; and a loss starts at about the
    same number for every corpus, however much of it is silent, which keeps its balance with the
    other losses.

    Parameters
    ----------
    analysis
        Settings and device.
    batches
        Called twice, as the threshold of the IF channel needs the corpus' maximum; must give the
        same power and frequency, ``(batch, n_mels, frames)`` each, both times.

    Returns
    -------
    Statistics

    Raises
    ------
    TrainingError
        If there is no batch, a value is not finite, or all is silent.
    """
    power_max, magnitude = 0.0, _Moments()
    for power, _ in batches():
        power_max = max(power_max, power.max().item())
        magnitude.add(torch.log1p(analysis.settings.compression * power))
    if not magnitude.count:
        raise TrainingError("the corpus is empty; statistics need at least one chunk of sound")
    if not math.isfinite(magnitude.mean_square):
        raise TrainingError("the corpus holds values that are not finite; leave those files out")
    if not power_max > 0.0:
        raise TrainingError("the corpus is silent; statistics need at least one chunk of sound")
    scale = math.sqrt(magnitude.mean_square)
    statistics, offset = Statistics(scale=scale, power_max=power_max), _Moments()
    for power, frequency_bins in batches():
        offset.add(analysis.encode(power, frequency_bins, statistics)[:, 1])
    return Statistics(
        scale=scale,
        power_max=power_max,
        mag_mean=magnitude.mean / scale,
        mag_std=magnitude.deviation / scale,
        if_mean=offset.mean,
        if_std=offset.deviation,
    )


class _Moments:
    """Mean and mean square of all values added, kept as Python floats."""

    def __init__(self) -> None:
        self.count, self.mean, self.mean_square = 0, 0.0, 0.0

    def add(self, values: Tensor) -> None:
        self.count += values.numel()
        share = values.numel() / self.count
        self.mean += share * (values.mean().item() - self.mean)
        self.mean_square += share * (values.square().mean().item() - self.mean_square)

    @property
    def deviation(self) -> float:
        return math.sqrt(max(0.0, self.mean_square - self.mean**2))
