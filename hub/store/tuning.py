"""Settings of the embedded PostgreSQL: bulk loads on a small machine, durable commits, no personal data in logs."""

from __future__ import annotations

import os
from pathlib import Path

INCLUDE = "dealerhub.conf"

SETTINGS = """\
# Written once by Dealer Hub when it created this cluster; yours to change from then on (restart to apply).
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
port = {port}
max_connections = 200

shared_buffers = {buffers}MB
work_mem = 64MB
maintenance_work_mem = 256MB
effective_cache_size = {cache}MB
random_page_cost = 1.1
jit = off
max_parallel_workers_per_gather = 2
dynamic_shared_memory_type = {shared_memory}

# a commit that was answered is on the disk; checkpoints are rare enough not to disturb a bulk load
synchronous_commit = on
wal_level = minimal
max_wal_senders = 0
# compressing whole pages (pglz) took half of the server's processor time on a night of changes, for a third less WAL
wal_compression = off
max_wal_size = 8GB
min_wal_size = 512MB
checkpoint_timeout = 15min
autovacuum_naptime = 20s

# An error's text may quote a row. Clients get it; the log does not.
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
log_autovacuum_min_duration = -1
timezone = 'UTC'
log_timezone = 'UTC'
"""


def tuning(socket_dir: Path, port: int) -> str:
    """The text of the conf include, for this machine's memory."""
    memory = _memory_mb()
    return SETTINGS.format(
        socket_dir=socket_dir,
        port=port,
        buffers=max(64, min(4096, memory // 8)),
        cache=max(256, memory // 2),
        shared_memory=_shared_memory(),
    )


def _memory_mb() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    except (ValueError, OSError):
        return 4096


def _shared_memory() -> str:
    """`posix`, but files where /dev/shm is as small as in containers: a parallel hash join would not fit."""
    try:
        state = os.statvfs("/dev/shm")
    except OSError:
        return "posix"
    return "posix" if state.f_blocks * state.f_frsize >= 2**30 else "mmap"
