"""Navigate a model's latent space: the point, what moves it, and its place on the map.

The point glides, drifts and is set by clients. A path or the wander moves it along recordings until
a client does; oscillators, the walk and a followed input displace it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from distill_live.addresses import Values, latent_path
from distill_live.bundle import Bundle
from distill_live.engine.clock import Beats
from distill_live.engine.commands.parameters import Setter, number_setter, switch_setter
from distill_live.engine.heads import PlayHeads
from distill_live.engine.latent.corpus_map import CorpusMap, MapFollower
from distill_live.engine.latent.input_follower import InputFollower
from distill_live.engine.latent.motion import Motion
from distill_live.engine.latent.path import PathPlayer, Paths
from distill_live.engine.latent.point import Journey, LatentPoint, axis_value
from distill_live.spectrogram import Float64


class Place(NamedTuple):
    """An address that moves the latent point or the play heads.

    Attributes
    ----------
    move
        Takes the values and the glide in seconds, None for the default glide.
    read
        Returns the target values; None for what cannot be read from a slot.
    shared
        Whether the values mean the same to every model.
    """

    move: Callable[[Values, float | None], None]
    read: Callable[[], Values] | None = None
    shared: bool = False


class Navigator:
    """Moves through one model's latent space, hop by hop.

    Parameters
    ----------
    bundle
        The model.
    corpus
        Its map.
    heads
        Play heads, which a path, the wander and a followed input lead.
    start_rng, walk_rng, wander_rng
        Generators of the first landmark and the drift, of the walk, and of the wander.

    Attributes
    ----------
    places : Mapping
        Addresses that move the point or the heads, by path.
    setters : dict
        Setters of the parameters of motion, by path.
    point : LatentPoint
    motion : Motion
    path : PathPlayer
        Path or wander, which move the point and the heads until a client does.
    input : InputFollower
        What is heard, which pulls the point, and fully followed leads the heads.
    displaced : Float64
        The point as it is decoded: displaced by motion and input, ``(latent,)``.
    velocity : Float64
        Movement of `displaced` in a hop, glides aside, ``(latent,)``.
    changed : bool
        Whether other chunks may be wanted though nothing moves, after a leap.
    """

    def __init__(
        self,
        bundle: Bundle,
        corpus: CorpusMap,
        heads: PlayHeads,
        start_rng: np.random.Generator,
        walk_rng: np.random.Generator,
        wander_rng: np.random.Generator,
    ) -> None:
        axes = {axis.name: axis for axis in bundle.axes}
        frames_per_second = bundle.settings.frames_per_second
        self._corpus, self._heads = corpus, heads
        self.point = LatentPoint(axes, corpus.latents, frames_per_second, start_rng)
        self.motion = Motion(axes, corpus.latents, frames_per_second, walk_rng)
        n_frames = bundle.settings.n_frames
        self.path = PathPlayer(Paths(bundle), frames_per_second, n_frames, wander_rng)
        self.input = InputFollower(corpus, n_frames, frames_per_second)
        self.displaced = self.point.current
        self.velocity = np.zeros(self.point.size)
        self.changed = True
        self._offset = np.zeros(self.point.size)  # of `displaced` from the point
        self._follower = MapFollower(corpus, self.point.current)
        self._journey: Journey | None = None
        self.places: Mapping[str, Place] = self._bind_places()
        self.setters: dict[str, Setter] = self._bind_setters()

    def reseed(
        self, drift: np.random.Generator, walk: np.random.Generator, wander: np.random.Generator
    ) -> None:
        """Restart the random streams of drift, walk and wander."""
        self.point.reseed(drift)
        self.motion.reseed(walk)
        self.path.reseed(wander)

    @property
    def moving(self) -> bool:
        """Whether `displaced` may move in the next hop, but for a path."""
        return self.point.moving or self.motion.moving or self.input.moving

    @property
    def foreseen(self) -> bool:
        """Whether it is known where the next hop is: at the point's next place."""
        return not (
            self.point.drift > 0.0 or self.motion.moving or self.path.active or self.input.pulls
        )

    @property
    def led(self) -> bool:
        """Whether a path, the wander or a fully followed input leads the heads."""
        return self.path.active or self.input.leads

    @property
    def head_latents(self) -> list[Float64]:
        """Latent of each head that is led, displaced as the point is."""
        if self.input.leads:
            around = self.displaced - self.input.pull(self.point.current)  # by the motion
            return [latent + around for latent in self.input.latents]
        return list(self.path.latents + self._offset)

    @property
    def map_position(self) -> tuple[float, float]:
        """Map position of the latent that sounds, each coordinate 0..1."""
        point = self.point.current
        displaced = point + self._offset
        follower = self._follower
        if self.input.pulls:  # the way of the point tells nothing of the input's
            follower, point = MapFollower(self._corpus, displaced), displaced
        return follower.position(point, displaced)

    def is_at(self, position: Values) -> bool:
        """Whether the point is, or glides to, a position on the map."""
        place = self._corpus.at(*map(float, position))
        return np.allclose(self.point.target, place, rtol=0.0, atol=1e-6)

    def neighbours(self, most: int) -> list[tuple[int, float]]:
        """The `most` heaviest landmarks of the map at `map_position`, and their shares."""
        return self._corpus.neighbours(*self.map_position, most)

    def axis_value(self, name: str) -> float:
        """Value of an axis as it sounds, motion included; -1..1 within the corpus' percentiles."""
        axis = self.point.axes[name]
        displaced = self.point.current + self._offset
        return axis_value(axis, float(displaced @ axis.direction))

    def step(self, lfo_beats: Beats | None) -> None:
        """Advance by one hop.

        Parameters
        ----------
        lfo_beats
            Beats of this hop for oscillators in beats; None for those in seconds.
        """
        start, glided = self.point.current, self.point.next
        self.input.step()
        if not self.input.leads:
            if self._heads.track is self.input:
                self._heads.leave_track()
                self.changed = True
            self._step_path()
        if not self.path.active:
            self.point.step()
        if self.point.journey is not self._journey:
            self._journey = self.point.journey
            if self._journey is not None:
                self._go_on_map(self._journey.landmark)
        self.displaced = self.motion.step(self.input.pull(self.point.current), lfo_beats)
        offset = self.displaced - self.point.current
        self.velocity = np.zeros_like(start)
        if self.point.drift > 0.0 or self.motion.moving or self.input.moving:
            self.velocity = self.point.current - glided + offset - self._offset
        self._offset = offset
        if self.input.leads and self._heads.track is not self.input:
            self._heads.track = self.input
            self.input.begin()

    def _step_path(self) -> None:
        """Advance the path or the wander, if there is one, and move the point along."""
        path = self.path
        if path.amount > 0.0 and not path.active and not self.point.remaining_hops:
            path.wander_from(self.point.current, self._heads.position)
        if not path.active:
            return
        others = path.step(frozen=self._heads.frozen)
        if not path.active:
            self._leave_path()
            return
        if others or self._heads.track is None:
            self._follower.go(self.point.current, path.coming)
            self.changed = True
        self._heads.track = path
        one, other = path.latents
        self.point.jump(other + path.reading(0, 0)[1] * (one - other))

    def _bind_places(self) -> dict[str, Place]:
        point, heads = self.point, self._heads
        places = {
            "/latent": Place(self._move_latent, lambda: tuple(point.target.tolist())),
            "/map": Place(self._move_on_map, shared=True),
            "/corpus/goto": Place(self._go_to_landmark),
            "/position": Place(self._scrub, lambda: (heads.position,), shared=True),
            "/path/play": Place(lambda values, _: self.path.play(int(values[0]))),
            "/path/position": Place(
                lambda values, _: self.path.seek(float(values[0])), lambda: (self.path.position,)
            ),
            "/path/stop": Place(self._stop_path),
        }
        for index in range(point.size):
            places[latent_path(index)] = Place(
                partial(self._move_dimension, index), partial(self._dimension, index)
            )
        for name in point.axes:
            places[f"/axis/{name}"] = Place(
                partial(self._move_axis, name), partial(self._axis_value, name), shared=True
            )
        return places

    def _bind_setters(self) -> dict[str, Setter]:
        setters: dict[str, Setter] = {
            "/glide": number_setter(self.point, "glide_s"),
            "/drift": lambda values: self.point.set_drift(float(values[0])),
            "/walk": number_setter(self.motion, "walk"),
            "/path/speed": number_setter(self.path, "speed"),
            "/path/loop": switch_setter(self.path, "loop"),
            "/wander": self._set_wander,
            "/input/follow": number_setter(self.input, "follow"),
            "/input/nearest": number_setter(self.input, "nearest"),
        }
        for name in self.point.axes:
            setters[f"/lfo/{name}"] = partial(self._set_oscillator, name)
        return setters

    def _set_wander(self, values: Values) -> None:
        self.path.amount, self.path.surprise = map(float, values)

    def _set_oscillator(self, axis: str, values: Values) -> None:
        rate_hz, depth = map(float, values)
        self.motion.oscillate(axis, rate_hz, depth)

    def _leave_path(self) -> None:
        """Stop the path or the wander where they are: a client moves the point or the heads."""
        if self._heads.track is self.path:
            self._heads.leave_track()
            self.point.jump(self.path.latents[self._heads.lead])
            self.changed = True
        self.path.stop()

    def _stop_path(self, values: Values, _: float | None) -> None:
        if values != (0,):
            self._leave_path()

    def _scrub(self, values: Values, _: float | None) -> None:
        self._leave_path()
        self._heads.seek(float(values[0]))

    def _move_on_map(self, values: Values, glide_s: float | None) -> None:
        self._leave_path()
        x, y = map(float, values)
        latent = self._corpus.at(x, y)
        self._follower.go(self.point.current, latent, (x, y))
        self.point.move(latent, glide_s)

    def _move_latent(self, values: Values, glide_s: float | None) -> None:
        self._leave_path()
        target = np.array(values, dtype=np.float64)
        if glide_s is not None:  # of a preset or a state; in a stream it would cost too much
            self._follower.go(self.point.current, target)
        if glide_s == 0:  # it is there at once, whatever moves it next
            self.point.jump(target)
            self.changed = True
        else:
            self.point.move(target, glide_s)

    def _move_dimension(self, index: int, values: Values, glide_s: float | None) -> None:
        self._leave_path()
        self.point.move_dimension(index, float(values[0]), glide_s)

    def _dimension(self, index: int) -> Values:
        return (float(self.point.target[index]),)

    def _move_axis(self, name: str, values: Values, glide_s: float | None) -> None:
        self._leave_path()
        value, *own_s = map(float, values)
        self.point.move_axis(name, value, own_s[0] if own_s else glide_s)

    def _axis_value(self, name: str) -> Values:
        return (self.point.axis_value(name),)

    def _go_to_landmark(self, values: Values, glide_s: float | None) -> None:
        self._leave_path()
        index, *own_s = values
        glide_s = float(own_s[0]) if own_s else glide_s
        self._go_on_map(int(index))
        self.point.move(self._corpus.latents[int(index)], glide_s)

    def _go_on_map(self, landmark: int) -> None:
        x, y = self._corpus.positions[landmark].tolist()
        self._follower.go(self.point.current, self._corpus.latents[landmark], (x, y))
