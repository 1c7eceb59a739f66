"""What is to be said to a new engine so that it does what another one does now."""

from collections.abc import Mapping

from distill_live.addresses import Command, Values
from distill_live.engine.blend import Blend
from distill_live.engine.gesture_player import GesturePlayer
from distill_live.engine.macros import Macros
from distill_live.engine.parameters import Parameters
from distill_live.engine.slot import Slot


def commands_of(
    slots: Mapping[int, Slot],
    place: Values,
    parameters: Parameters,
    blend: Blend,
    macros: Macros,
    gesture: GesturePlayer,
) -> tuple[Command, ...]:
    """Commands in their order; what is under way goes on from where it is.

    Parameters
    ----------
    slots
        The models that are there to stay, by number.
    place
        Where on the map they were sent last.
    parameters, blend, macros, gesture
        The engine's.
    """
    said = [
        Command("/drift", (0.0,)),
        Command("/glide", (0.0,)),
        Command("/map", place, glide_s=0.0),  # and each model to where it is:
    ]
    for number, slot in slots.items():
        here, target = (tuple(p.tolist()) for p in (slot.point.here, slot.point.target))
        remaining_s = slot.point.remaining_s
        said.append(Command("/latent", here if remaining_s else target, None, 0.0, number))
        if remaining_s:
            said.append(Command("/latent", target, None, remaining_s, number))
        said.append(Command("/position", slot.value("/position"), slot=number))
    said += parameters.state()
    for number, now, weight, glide_s in blend.ways():
        said.append(Command("/model/blend", (number, now), None, 0.0))
        if glide_s:
            said.append(Command("/model/blend", (number, weight), None, glide_s))
    # after the values, so that a macro's moves nothing
    said += [Command("/macro/map", args) for args in macros.mappings()]
    said += gesture.state()
    return tuple(said)
