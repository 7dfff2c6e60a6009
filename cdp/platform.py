"""The platform put together: settings, stores, keys, one workspace.

`Platform.open` refuses to start on a store that is missing, on a login that row-level security
does not bind, and without keys. `recover` brings a platform that was killed back into step and is
run before anything is served.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cdp import metrics
from cdp.errors import Misconfigured, TryAgain
from cdp.flows.record_consent import Registrar
from cdp.settings import Settings
from cdp.store import (
    configuration,
    identity_rules,
    jobs,
    keys,
    links,
    protocol,
    provision,
    views,
)
from cdp.store.database import Database
from cdp.store.tx import Stores, Tx
from cdp.vault.answers import Answers
from cdp.vault.disclosure import Disclosure
from cdp.vault.keyring import Keyring, create_workspace_keys
from cdp.vault.provider import FileKeyProvider
from consent.policy import Policy, default_document
from identity.defaults import default_rules
from identity.rules import Rules

# Views exist for these purposes; each has its epoch and lookup keys.
VIEW_PURPOSES = ("service", "service_insight", "offers", "profiling_offers")
ORPHAN_AGE = timedelta(minutes=15)
_DEFAULT_RULES: Final = default_rules()


@dataclass(frozen=True)
class Recovery:
    """What `recover` found to do."""

    fences_raised: int
    rebuilds_wanted: int
    orphans_swept: int
    outbox_applied: bool


class Platform:
    """One workspace of one installation, with all roles in this process."""

    def __init__(self, settings: Settings, stores: Stores, workspace: UUID) -> None:
        """Use `open` or `create`."""
        self.settings = settings
        self.stores = stores
        self.workspace = workspace
        self.keyring = Keyring(FileKeyProvider(settings.keys_dir), workspace)
        self.view_purposes = frozenset(VIEW_PURPOSES)
        # Set whenever work may be waiting, so that the background worker need not poll fast.
        self.work_waits = threading.Event()
        self._policies: dict[str, Policy] = {}
        self._rules: dict[str, Rules] = {}
        self._answers: Answers | None = None
        self._disclosure: dict[frozenset[str], Disclosure] = {}

    @classmethod
    def open(cls, settings: Settings) -> "Platform":
        """Open the workspace that the settings name.

        Raises:
            Misconfigured: a store is missing or of another version, its login is not bound by
                row-level security, or the workspace or a key is missing.
            TryAgain: a store is away.
        """
        stores = open_stores(settings)
        try:
            provision.check(stores)
            with stores.main.begin(None, mode="snapshot") as connection:
                workspace = configuration.workspace_id(connection, settings.workspace)
            platform = cls(settings, stores, _found(workspace, settings.workspace))
            platform.keyring.intake()
            platform._answers = platform.keyring.answers()
        except BaseException:
            stores.close()
            raise
        return platform

    @classmethod
    def create(cls, settings: Settings, now: datetime) -> "Platform":
        """`cdp init`: stores, workspace, keys and a first policy; harmless to repeat."""
        stores = open_stores(settings)
        admin, owner = settings.postgres.admin_url, settings.postgres.owner_role
        try:
            provision.provision(stores, admin_url=admin, owner_role=owner)
        finally:
            stores.close()
        return cls.found(settings, now)

    @classmethod
    def found(cls, settings: Settings, now: datetime) -> "Platform":
        """The workspace of the settings in stores that are migrated, with keys and a policy."""
        stores = open_stores(settings)
        admin, owner = settings.postgres.admin_url, settings.postgres.owner_role
        try:
            workspace = provision.create_workspace(
                stores, settings.workspace, now, admin_url=admin, owner_role=owner
            )
            create_workspace_keys(FileKeyProvider(settings.keys_dir), workspace, VIEW_PURPOSES)
        finally:
            stores.close()
        platform = cls.open(settings)
        try:
            platform.ensure_policy(now)
        except BaseException:
            platform.close()
            raise
        return platform

    def ensure_policy(self, now: datetime) -> None:
        """The default policy, where there is none yet."""
        with self.write() as tx:
            if configuration.policy_in_force(tx.main, self.workspace) is None:
                document = dict(Policy.parse(default_document()).document)
                configuration.add_policy(tx.main, self.workspace, document, tx.take_seq(), now)

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A unit of work that may write (see `cdp.store.tx`)."""
        with self.stores.write(self.workspace) as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A unit of work that sees one state of each store."""
        with self.stores.read(self.workspace) as tx:
            yield tx

    def answer(self) -> AbstractContextManager[Tx]:
        """A unit of work that answers somebody: what it writes is durable at once."""
        return self.stores.answer(self.workspace)

    @contextmanager
    def publish(self) -> Iterator[Tx]:
        """A unit of work that writes views only."""
        with self.stores.publish(self.workspace) as tx:
            yield tx

    def policy(self, tx: Tx) -> tuple[Policy, str]:
        """The policy in force and its hash.

        Raises:
            Misconfigured: there is none.
        """
        version = configuration.policy_in_force(tx.main, self.workspace)
        if version is None:
            raise Misconfigured("this workspace has no policy: run `cdp init`")
        if version.hash not in self._policies:
            self._policies[version.hash] = Policy.parse(version.document)
        return self._policies[version.hash], version.hash

    def policy_by_hash(self, wanted: str) -> Policy:
        """A policy by its hash, parsed once per process.

        Raises:
            TryAgain: it is no longer in force; ask again.
        """
        if wanted not in self._policies:
            with self.read() as tx:
                self.policy(tx)
        if wanted not in self._policies:
            raise TryAgain("the policy has just changed; ask again", reason="policy_changed")
        return self._policies[wanted]

    def rules(self, tx: Tx) -> Rules:
        """The rules of identity in force, with how common values are; parsed once per process.

        Raises:
            Misconfigured: custody has not the frequencies they were put in force with.
        """
        version = identity_rules.in_force(tx.main, self.workspace)
        if version is None:
            return _DEFAULT_RULES
        if version.hash not in self._rules:
            counted = identity_rules.frequencies(tx.custody, self.workspace, version.hash)
            rules = Rules.parse({**version.document, "frequencies": counted or {}})
            if rules.hash != version.hash:
                raise Misconfigured(
                    "the frequencies of the rules in force are not in custody, which a backup may"
                    " have lost: put the rules in force again (`cdp identity rules set`)"
                )
            self._rules = {version.hash: rules}
        return self._rules[version.hash]

    def identifier_types(self, tx: Tx) -> frozenset[str]:
        """The types of identifiers that the rules in force know."""
        version = identity_rules.in_force(tx.main, self.workspace)
        types = _DEFAULT_RULES.types if version is None else version.document["types"]
        return frozenset(types)

    def registrar(self, tx: Tx) -> Registrar:
        """What recording consent needs: fresh keys, the policy in force."""
        policy, hash_ = self.policy(tx)
        return Registrar(self.keyring.custodian(), self.keyring.intake(), policy, hash_)

    def disclosure_keys(self, purposes: frozenset[str]) -> Disclosure:
        """Keys of these purposes; epoch keys are read anew at every open."""
        if purposes not in self._disclosure:
            self._disclosure[purposes] = self.keyring.disclosure(purposes)
        return self._disclosure[purposes]

    @property
    def answers(self) -> Answers:
        """Cursors, tags, keys of repeated requests."""
        if self._answers is None:
            self._answers = self.keyring.answers()
        return self._answers

    def recover(self, now: datetime) -> Recovery:
        """Bring the stores back into step after a crash: fences, outbox, rebuilds, orphans."""
        raised = self._restore_fences()
        applied = self.stores.apply_outbox(self.workspace)
        rebuilds = self._restore_views(now)
        with self.write() as tx:
            swept = keys.sweep_orphans(tx.custody, tx.main, self.workspace, now - ORPHAN_AGE)
        return Recovery(raised, rebuilds, swept, applied)

    def _restore_fences(self) -> int:
        with self.read() as tx:
            lost = views.fences_lost(tx.views, self.workspace)
        if not lost:
            return 0
        with self.read() as tx, self.publish() as publishing:
            return protocol.rederive_fences(tx.main, publishing.views, self.workspace)

    def _restore_views(self, now: datetime) -> int:
        with self.read() as tx:
            if views.survived(tx.views, self.workspace):
                return 0
        wanted, after = 0, None
        while True:
            with self.write() as tx:
                page = links.current_ids(tx.main, self.workspace, after)
                jobs.want(tx.main, self.workspace, jobs.REFRESH, page, now)
            if not page:
                break
            wanted, after = wanted + len(page), page[-1]
        with self.publish() as tx:
            views.mark_alive(tx.views, self.workspace, now)
        return wanted

    def outbox_pending(self) -> int:
        """Restrictions that views and custody have not heard of yet."""
        with self.read() as tx:
            pending = protocol.pending(tx.main, self.workspace)
        metrics.OUTBOX_PENDING.set(pending)
        return pending

    def close(self) -> None:
        """Close every connection."""
        self.stores.close()


def open_stores(settings: Settings) -> Stores:
    """The three databases of the settings, not yet connected."""
    return Stores(
        Database("main", settings.stores.main),
        Database("custody", settings.stores.custody),
        Database("views", settings.stores.views),
    )


def _found(workspace: UUID | None, name: str) -> UUID:
    if workspace is None:
        raise Misconfigured(f"there is no workspace {name}: run `cdp init`, or set CDP_WORKSPACE")
    return workspace
