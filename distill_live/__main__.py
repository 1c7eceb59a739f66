"""`python -m distill_live` is `distill-live`."""

from distill_live.cli import main

main()
