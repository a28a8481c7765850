"""The ``kg`` program from a bare checkout: ``python cli.py --help``."""

from __future__ import annotations

from kg.cli import main

if __name__ == "__main__":
    main()
