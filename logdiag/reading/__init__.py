"""From paths to log files to lines; the only part that opens evidence, and it only ever reads."""

from logdiag.reading.blocks import BLOCK_BYTES, CHUNK_BYTES, Block, DamageError, read_blocks, read_spans
from logdiag.reading.copies import Repeats
from logdiag.reading.files import FoundFiles, discard_spooled, find_log_files
from logdiag.reading.growth import Change, Follower, Grown
from logdiag.reading.labels import is_copy_name, name_service
from logdiag.reading.lines import START, Damage, Line, read_lines, read_numbered, read_places
from logdiag.reading.nearby import refuse_unmatched
from logdiag.reading.remote import asking_remotely, is_url, mask_secrets
from logdiag.reading.spool import Spool
from logdiag.reading.streams import UTF8_BOM, LogFile, digest_head, is_document, is_seekable

__all__ = [
    "BLOCK_BYTES",
    "CHUNK_BYTES",
    "START",
    "UTF8_BOM",
    "Block",
    "Change",
    "Damage",
    "DamageError",
    "Follower",
    "FoundFiles",
    "Grown",
    "Line",
    "LogFile",
    "Repeats",
    "Spool",
    "asking_remotely",
    "digest_head",
    "discard_spooled",
    "find_log_files",
    "is_copy_name",
    "is_document",
    "is_seekable",
    "is_url",
    "mask_secrets",
    "name_service",
    "read_blocks",
    "read_lines",
    "read_numbered",
    "read_places",
    "read_spans",
    "refuse_unmatched",
]
