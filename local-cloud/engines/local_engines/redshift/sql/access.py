"""Users, groups and roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .definitions import Grantee
from .errors import RedshiftError
from .outcome import Outcome
from .reader import Reader
from .tables import DDL

if TYPE_CHECKING:
    from .session import Session


def done() -> Outcome:
    """The outcome of a statement that gives nothing."""
    return Outcome(DDL)


def create_principal(session: Session, reader: Reader) -> Outcome:
    """CREATE USER name [options], CREATE GROUP name [WITH USER …], CREATE ROLE name"""
    reader.expect("CREATE")
    kind = reader.choose("USER", "GROUP", "ROLE").lower()
    session.privileges.superuser(f"create {kind}")
    name = reader.name()
    if name in session.catalog.principals(kind):
        raise RedshiftError(f'{kind} "{name}" already exists')
    if kind == "user":
        options = _user_options(reader, required=True)
        session.catalog.add_principal(kind, name, options.superuser or False, options.createdb or False)
        for group in options.groups:
            require_principal(session, "group", group)
            session.catalog.add_member("group", group, "user", name)
    else:
        session.catalog.add_principal(kind, name)
        if kind == "group" and (reader.accept("WITH", "USER") or reader.accept("USER")):
            for user in read_list(reader):
                require_principal(session, "user", user)
                session.catalog.add_member("group", name, "user", user)
    reader.finish()
    return done()


@dataclass
class _Options:
    superuser: bool | None = None
    createdb: bool | None = None
    groups: tuple[str, ...] = ()
    password: bool = False


def _user_options(reader: Reader, required: bool) -> _Options:
    found = _Options()
    reader.accept("WITH")
    while not reader.ended:
        if reader.accept("PASSWORD"):
            found.password = True
            if not reader.accept("DISABLE"):
                reader.text()
        elif reader.accept("IN", "GROUP"):
            found.groups = tuple(read_list(reader))
        elif reader.sees_any("CREATEUSER", "NOCREATEUSER"):
            found.superuser = reader.choose("CREATEUSER", "NOCREATEUSER") == "CREATEUSER"
        elif reader.sees_any("CREATEDB", "NOCREATEDB"):
            found.createdb = reader.choose("CREATEDB", "NOCREATEDB") == "CREATEDB"
        elif reader.accept("CONNECTION", "LIMIT"):
            if not reader.accept("UNLIMITED"):
                reader.integer()
        elif reader.accept("SESSION", "TIMEOUT"):
            reader.integer()
        elif reader.accept("VALID", "UNTIL"):
            reader.text()
        elif reader.accept("SYSLOG", "ACCESS"):
            reader.choose("RESTRICTED", "UNRESTRICTED")
        else:
            raise reader.unexpected()
    if required and not found.password:
        raise RedshiftError("CREATE USER requires PASSWORD")
    return found


def read_list(reader: Reader) -> list[str]:
    """`a, b, …`"""
    names = [reader.name()]
    while reader.accept(","):
        names.append(reader.name())
    return names


def require_principal(session: Session, kind: str, name: str) -> None:
    """Raises RedshiftError unless there is a user, group or role of this name."""
    if name not in session.catalog.principals(kind):
        raise RedshiftError(f'{kind} "{name}" does not exist')


def alter_principal(session: Session, reader: Reader) -> Outcome:
    """ALTER USER name options, ALTER GROUP name {ADD | DROP} USER …"""
    reader.expect("ALTER")
    kind = reader.choose("USER", "GROUP").lower()
    name = reader.name()
    require_principal(session, kind, name)
    session.privileges.superuser(f"alter {kind}")
    if kind == "user":
        options = _user_options(reader, required=False)
        if options.superuser is not None:
            session.catalog.set_superuser(name, options.superuser)
        return done()
    adding = reader.choose("ADD", "DROP") == "ADD"
    reader.expect("USER")
    for user in read_list(reader):
        require_principal(session, "user", user)
        (session.catalog.add_member if adding else session.catalog.remove_member)("group", name, "user", user)
    reader.finish()
    return done()


def drop_principal(session: Session, reader: Reader) -> Outcome:
    """DROP {USER | GROUP | ROLE} [IF EXISTS] name, …"""
    reader.expect("DROP")
    kind = reader.choose("USER", "GROUP", "ROLE").lower()
    session.privileges.superuser(f"drop {kind}")
    lenient = reader.accept("IF", "EXISTS")
    for name in read_list(reader):
        if lenient and name not in session.catalog.principals(kind):
            continue
        require_principal(session, kind, name)
        owned = [r.key for r in session.catalog.relations() if kind == "user" and r.owner == name]
        if owned:
            raise RedshiftError(f'user "{name}" can\'t be dropped because the user owns some object ({owned[0]})')
        held = [g for g in session.catalog.grants() if g.grantee == Grantee(kind, name)]
        if held and kind != "role":
            raise RedshiftError(
                f'{kind} "{name}" cannot be dropped because the {kind} has a privilege on some object '
                f"({held[0].kind} {held[0].schema}.{held[0].name})"
            )
        session.catalog.drop_principal(kind, name)
    reader.accept("FORCE")
    reader.finish()
    return done()
