"""Entry point of `distill-train` and `python -m distill_train`."""

from distill_live.process_environment import set_environment


def main() -> None:
    """Run the command line of the trainer."""
    set_environment()  # before numpy is imported
    from distill_train.cli import main as run_command

    run_command()


if __name__ == "__main__":
    main()
