"""`python -m assistant` is the command line."""

from assistant.serve.cli import main

main()
