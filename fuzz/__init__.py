"""Fuzzing with atheris: bytes that a coverage-guided mutator makes up, and what must hold for all of them.

`python -m fuzz TARGET [OPTIONS OF LIBFUZZER]` runs a target, `python -m fuzz` lists them. A target is a module of
`fuzz.targets` with the seeds that it begins with and `check(data)`, which raises where logdiag breaks a promise.
Atheris has wheels for Linux and macOS alone: `pip install -e ".[fuzz]"`. The tests run every target on its seeds and
on a few mutants of them, without atheris.
"""
