"""The exception tree. A message is one line for the user: the value, the limit and the remedy.

DistillError                  anything this project refuses; printed, exit status 1
├── ConfigurationError        a setting out of its range
├── BundleError               a .distill file that cannot be read, or was not written
├── CommandError              a command the engine does not know, or with the wrong arguments
├── DeviceError               an audio device, port or library that is missing or refuses
├── AudioFileError            a sound file that cannot be read or written
└── TrainingError             a corpus, run or checkpoint that the trainer cannot use
"""


class DistillError(Exception):
    """Anything this project refuses, with a message of one or two lines for the user."""


class ConfigurationError(DistillError):
    """A setting out of its range."""


class BundleError(DistillError):
    """A `.distill` file that cannot be read, or was not written."""


class CommandError(DistillError):
    """A command the engine does not know, or with the wrong arguments."""


class DeviceError(DistillError):
    """An audio device, port or library that is missing or refuses."""


class AudioFileError(DistillError):
    """A sound file that cannot be read or written."""


class TrainingError(DistillError):
    """A corpus, run or checkpoint that the trainer cannot use."""
