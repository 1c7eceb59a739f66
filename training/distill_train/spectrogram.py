"""Spectrogram analysis in torch: waveforms to magnitude and IF channels, and corpus statistics.

Filterbank, band centres, units and threshold are defined in `distill_live.spectrogram`. Float32
suffices: the rounding error of an STFT is about 140 dB below the frame's loudest bin.
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
    """Analysis of waveforms to band power and frequency, and to normalised channels.

    Parameters
    ----------
    settings
        Spectrogram settings.
    device
        Device to compute on; waveforms are moved to it.
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
        """Compute band power and power-weighted band frequency.

        Frames are centred every `hop_samples` from sample 0, with reflected ends. A bin's
        frequency is its centre plus the wrapped difference between its phase advance from the
        previous frame and that of the centre; a band's frequency is the mean of these, weighted by
        power and the band's triangle. Reflection distorts phases: frames that extend beyond an end
        by more than a hop (or whose predecessor does) get the frequencies of the nearest frame that
        does not, as does the first. For steady partials this reduces the error to a tenth.

        Parameters
        ----------
        waveform
            ``(batch, samples)``, float32, more than ``n_fft / 2`` samples. Context around a chunk
            (a whole number of hops), cut from the result, gives cleaner ends.

        Returns
        -------
        tuple of Tensor
            Power of the unnormalised STFT, >= 0, and frequency in bins, each float32
            ``(batch, n_mels, 1 + samples // hop_samples)``. A band without power has its
            centre frequency.

        Raises
        ------
        TrainingError
            If the waveform has another shape or type.
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
            audible = power > torch.finfo(torch.float32).tiny
            offset = torch.where(audible, moment / torch.where(audible, power, 1.0), 0.0)
            inside = self._inside(power.shape[-1], waveform.shape[-1])
            return power, self._centres_bins + offset[..., inside]

    def encode(self, power: Tensor, frequency_bins: Tensor, statistics: Statistics) -> Tensor:
        """Convert band power and frequency to channels, like `Representation.encode` in numpy.

        Parameters
        ----------
        power, frequency_bins
            ``(batch, n_mels, frames)``, float32, on `device`.
        statistics
            Statistics of the corpus.

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
        """Convert waveforms ``(batch, samples)`` to channels: `bands`, then `encode`."""
        return self.encode(*self.bands(waveform), statistics)

    def _deviation_bins(self, spectrum: Tensor) -> Tensor:
        """Deviation of each bin's frequency from its centre in bins; 0 in the first frame."""
        advance = spectrum[..., 1:] * spectrum[..., :-1].conj() * self._turn
        deviation = torch.atan2(advance.imag, advance.real) * self._bins_per_radian
        return torch.nn.functional.pad(deviation, (1, 0))

    def _inside(self, frames: int, samples: int) -> Tensor:
        """Index, for each frame, of the nearest frame without distortion by reflection."""
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
    """Compute the normalisation statistics of a corpus from band power and frequency.

    `scale` is the root mean square of ``log1p(c P)``, silence included, so the magnitude channel
    has mean square 1. Its zero remains silence, as the decoder's softplus needs; sound lies at
    about 1 to 3, where softplus is nearly linear; and the initial loss is similar for every corpus,
    however much of it is silent, which keeps its balance with the other losses.

    Parameters
    ----------
    analysis
        Analysis, for settings and device.
    batches
        Called twice, as the threshold of the IF channel depends on the corpus' maximum; must return
        the same power and frequency, ``(batch, n_mels, frames)`` each.

    Raises
    ------
    TrainingError
        If there is no batch, a value is not finite, or everything is silent.
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
    """Running mean and mean square of all values, in double precision."""

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
