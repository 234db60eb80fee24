"""`python -m egregora`."""

from egregora.orchestration.cli import main

main()
