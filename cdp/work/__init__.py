"""Work: flows run one after another, each in a unit of work of its own.

Everything here can be killed between any two units and run again: landing is idempotent, waiting
records stay waiting, jobs stay open.
"""

from cdp.work.following import Turn, follow
from cdp.work.kinds import sync_later
from cdp.work.measuring import measure
from cdp.work.pace import Progress, silent
from cdp.work.rebuilding import preview, train
from cdp.work.rebuilding import rebuild as rebuild_identity
from cdp.work.refreshing import pages, rebuild, refresh_all, refresh_now, refresh_some, sweep
from cdp.work.rehearsing import rehearse
from cdp.work.replaying import ReplayReport, replay
from cdp.work.resolving import resolve_all, rewrap_all
from cdp.work.syncing import SyncReport, check, pick_stream, sample, source_config, sync
from cdp.work.watching import Queues, gauge, retry, watch

__all__ = [
    "Progress",
    "Queues",
    "ReplayReport",
    "SyncReport",
    "Turn",
    "check",
    "follow",
    "gauge",
    "measure",
    "pages",
    "pick_stream",
    "preview",
    "rebuild",
    "rebuild_identity",
    "refresh_all",
    "refresh_now",
    "refresh_some",
    "rehearse",
    "replay",
    "resolve_all",
    "retry",
    "rewrap_all",
    "sample",
    "silent",
    "source_config",
    "sweep",
    "sync",
    "sync_later",
    "train",
    "watch",
]
