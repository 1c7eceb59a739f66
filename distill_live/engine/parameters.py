"""The values that belong to no model: as they are set, as they sound, and on their way between.

It knows addresses and numbers; what a value does, its owner is told by `move`.
"""

from collections.abc import Callable, Mapping

from distill_live.addresses import Address, Command, Values
from distill_live.engine.glides import Glides

PLACES = ("/latent", "/axis/", "/map", "/corpus/", "/position")
"""What says where in a model or in its chunks it is; all else has a value of its own."""


class Parameters:
    """All of them.

    Parameters
    ----------
    frames_per_second
        Hops a second.
    move
        Told of a value that sounds from now on, in each hop while it glides.

    Attributes
    ----------
    values : dict
        As they were set, by path.
    now : dict
        As they sound.
    """

    def __init__(self, frames_per_second: float, move: Callable[[str, Values], None]) -> None:
        self.values: dict[str, Values] = {}
        self.now: dict[str, Values] = {}
        self._addresses: Mapping[str, Address] = {}
        self._frames_per_second = frames_per_second
        self._move = move
        self._glides = Glides()

    @property
    def gliding(self) -> bool:
        """Whether any is on its way."""
        return bool(self._glides)

    def use(self, addresses: Mapping[str, Address]) -> None:
        """Have those of a table, new ones at their defaults; all are told again."""
        defaults = {
            path: address.default
            for path, address in addresses.items()
            if (address.owner, address.access) == ("engine", "value")
            and not path.startswith(PLACES)
        }
        self._addresses = addresses
        for path in self.values.keys() - defaults.keys():
            self._glides.stop(path)
        self.values = {path: self.values.get(path, value) for path, value in defaults.items()}
        self.now = {path: self.now.get(path, value) for path, value in defaults.items()}
        for path, values in self.now.items():
            self._move(path, values)

    def set(self, path: str, values: Values, glide_s: float | None) -> None:
        """Set one: in so many seconds what is continuous, at once what is not."""
        self.values[path] = values
        if glide_s and self._addresses[path].continuous:
            start, end = (tuple(map(float, ends)) for ends in (self.now[path], values))
            self._glides.start(path, start, end, round(glide_s * self._frames_per_second))
        else:
            self._glides.stop(path)
            self._arrive(path, values)

    def step(self) -> None:
        """One hop further."""
        for path, values in self._glides.step():
            self._arrive(path, values)

    def moving(self, *paths: str) -> bool:
        """Whether one of `paths` is on its way."""
        return self._glides.moving(*paths)

    def state(self) -> list[Command]:
        """What brings others to where these are now, and on."""
        said = []
        for path, values in self.values.items():
            glide_s = self._glides.remaining_hops(path) / self._frames_per_second
            if glide_s:
                said.append(Command(path, self.now[path]))
            said.append(Command(path, values, None, glide_s or None))
        return said

    def _arrive(self, path: str, values: Values) -> None:
        self.now[path] = values
        self._move(path, values)
