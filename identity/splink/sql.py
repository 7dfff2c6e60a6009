"""The SQL expressions of a model: text in, a tree out.

No more of SQL than conditions of models are made of: names, texts, numbers, calls, differences,
comparisons, IS NULL, NOT, AND, OR and parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|\.\d+)
      | (?P<word>[^\W\d]\w*)
      | (?P<sign><=|>=|<>|!=|==|::|[=<>(),.\-])
    )""",
    re.VERBOSE,
)
_SIGNS: Final = {"==": "=", "!=": "<>"}
_COMPARED: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_RESERVED: Final = frozenset({"and", "or", "not", "is", "null", "as", "case", "when", "else"})
_MOST_SIGNS, _MOST_DEEP = 20_000, 40


class NotRead(ValueError):
    """The SQL is not recognised; the message says why, the SQL is the caller's to quote."""


@dataclass(frozen=True, slots=True)
class Name:
    """A column, with what stands before its dot."""

    text: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Call:
    """A function of something; `cast` has the type as its second argument."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison of two, or their difference."""

    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class IsNull:
    """IS NULL."""

    of: Expression


@dataclass(frozen=True, slots=True)
class Not:
    """NOT, and the NOT of IS NOT NULL."""

    of: Expression


@dataclass(frozen=True, slots=True)
class Joined:
    """Several, joined by one word: `and`, `or`."""

    word: str
    parts: tuple[Expression, ...]


Expression = Name | Text | Number | Call | Binary | IsNull | Not | Joined


def parse_sql(sql: str) -> Expression:
    """The tree of an expression.

    Raises:
        NotRead: it is none, or has more to it than is read here.
    """
    reader = _Reader(sql)
    found = reader.any_of(0)
    reader.ended()
    return found


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(sql: str) -> Iterator[_Token]:
    if len(sql) > _MOST_SIGNS:
        raise NotRead("it is too long")
    at, end = 0, len(sql.rstrip())
    while at < end:
        found = _TOKEN.match(sql, at)
        if found is None:
            raise NotRead(f"{sql[at:].lstrip()[0]!r} is not understood")
        kind = str(found.lastgroup)
        yield _Token(kind, found[kind])
        at = found.end()


class _Reader:
    def __init__(self, sql: str) -> None:
        self._tokens = [*_tokens(sql)]
        self._at = 0

    def any_of(self, depth: int) -> Expression:
        """What OR joins."""
        if depth > _MOST_DEEP:
            raise NotRead("it is nested too deep")
        parts = [self._all_of(depth)]
        while self._took("or"):
            parts.append(self._all_of(depth))
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def ended(self) -> None:
        """Nothing follows."""
        if self._at < len(self._tokens):
            raise NotRead(f"{self._tokens[self._at].text!r} was not expected")

    def _all_of(self, depth: int) -> Expression:
        parts = [self._negated(depth)]
        while self._took("and"):
            parts.append(self._negated(depth))
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _negated(self, depth: int) -> Expression:
        if depth > _MOST_DEEP:
            raise NotRead("it is nested too deep")
        if self._took("not"):
            return Not(self._negated(depth + 1))
        left = self._difference(depth)
        if self._took("is"):
            wanted: type[Not] | None = Not if self._took("not") else None
            self._want("null")
            return Not(IsNull(left)) if wanted else IsNull(left)
        token = self._next()
        sign = _SIGNS.get(token.text, token.text)
        if token.kind == "sign" and sign in _COMPARED:
            self._at += 1
            return Binary(sign, left, self._difference(depth))
        return left

    def _difference(self, depth: int) -> Expression:
        found = self._term(depth)
        while self._took("-"):
            found = Binary("-", found, self._term(depth))
        return found

    def _term(self, depth: int) -> Expression:
        found = self._plain(depth)
        while self._took("::"):
            found = Call("cast", (found, Text(self._type())))
        return found

    def _plain(self, depth: int) -> Expression:
        token = self._next()
        self._at += 1
        match token.kind:
            case "text":
                return Text(token.text[1:-1].replace("''", "'"))
            case "number":
                return Number(Decimal(token.text))
            case "quoted":
                return self._name(token.text[1:-1].replace('""', '"'))
            case "word" if token.text.lower() not in _RESERVED:
                return self._call(token.text, depth) if self._took("(") else self._name(token.text)
        if token.text == "(":
            found = self.any_of(depth + 1)
            self._want(")")
            return found
        if token.text == "-" and self._next().kind == "number":
            self._at += 1
            return Number(-Decimal(self._tokens[self._at - 1].text))
        raise NotRead(f"{token.text!r} was not expected" if token.text else "it ends too early")

    def _name(self, text: str) -> Name:
        if not self._took("."):
            return Name(text)
        token = self._next()
        self._at += 1
        if token.kind not in {"word", "quoted"}:
            raise NotRead("a column is expected after a dot")
        quoted = token.kind == "quoted"
        return Name(token.text[1:-1].replace('""', '"') if quoted else token.text, text)

    def _call(self, name: str, depth: int) -> Call:
        arguments: list[Expression] = []
        if not self._took(")"):
            arguments.append(self.any_of(depth + 1))
            while self._took(","):
                arguments.append(self.any_of(depth + 1))
            if self._took("as"):
                arguments.append(Text(self._type()))
            self._want(")")
        return Call(name.lower(), tuple(arguments))

    def _type(self) -> str:
        token = self._next()
        self._at += 1
        if token.kind != "word":
            raise NotRead("a type is expected")
        return token.text.lower()

    def _next(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "")

    def _took(self, text: str) -> bool:
        token = self._next()
        took = token.kind in {"sign", "word"} and token.text.lower() == text
        self._at += took
        return took

    def _want(self, text: str) -> None:
        if not self._took(text):
            raise NotRead(f"{text.upper()!r} is expected")
