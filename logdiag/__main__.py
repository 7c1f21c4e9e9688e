"""`python -m logdiag` is `logdiag`."""

from logdiag.cli.app import main

if __name__ == "__main__":
    main()
