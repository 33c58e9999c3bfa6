"""`python -m hub.cli` is `dealerhub`."""

from hub.cli import main

main()
