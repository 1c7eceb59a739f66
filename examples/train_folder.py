"""Train a model of a folder from Python, and print the loss of each epoch.

python examples/train_folder.py my_recordings mine.distill [--chunks-drawn 24000]
"""

import argparse

import distill_train


def show(event: distill_train.TrainingEvent) -> None:
    if isinstance(event, distill_train.EpochMetrics):
        loss = event.training.get("reconstruction", float("nan"))
        print(f"epoch {event.epoch} of {event.epochs}: loss {loss:.3f}")
    elif isinstance(event, distill_train.WarningEvent):
        print(event)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("recordings")
    parser.add_argument("out")
    parser.add_argument("--chunks-drawn", type=int, default=24000)
    arguments = parser.parse_args()

    config = distill_train.TrainingConfig(chunks_drawn=arguments.chunks_drawn)
    found = distill_train.inspect(arguments.recordings, config)
    print(f"{len(found.recordings)} recordings")
    bundle = distill_train.train(
        arguments.recordings, config, out=arguments.out, overwrite=True, on_event=show
    )
    if bundle is not None:
        print(f"{bundle.name}: axes {', '.join(axis.name for axis in bundle.axes)}")


if __name__ == "__main__":
    main()
