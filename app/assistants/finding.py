"""Which assistants hold what is looked for, and in which order they are shown. `index` keeps what is asked here.

What can be looked for is in `wanted`. The best matches have every word in the name, then those with every word in name
or description; among equals the newest arrival stands first. So an engine reads the beginning of such a list from its
index, however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased, defer

from app.assistants.full_text import Passages, Where, passages, runs
from app.assistants.index import LONG, PASSAGES, Facet, first_id
from app.assistants.models import Assistant, assistant_facets, search_passages
from app.assistants.stretches import Stretch
from app.assistants.wanted import Wanted
from app.core.database import PLANNED_ANEW, Record
from app.core.paging import Page, Place, Window
from app.core.reading import Prepared
from app.extensions import db, reader
from app.texts.query import Query, Term

# An assistant as a list shows it: a row of the columns that are shown, or the assistant itself.
Listed = Record | Assistant
# So many are counted; of more it is said that there are more.
MOST_COUNTED = 1_000
# Rare words are looked up, those in many texts are met on the way along the list: a plan for any words at all would be
# the wrong one for some.
AS_ASKED = {PLANNED_ANEW: True}
ORDER = (Assistant.created_at, Assistant.seq)
# By rank, the highest first: the fields that hold every word, and those that don't.
RANKS = {2: (Where.NAME, None), 1: (Where.TITLE, Where.NAME), 0: (Where.ANY, Where.TITLE)}
# As constants: PostgreSQL has an index for long texts alone, and shifts by nothing but a plain integer.
_LONG: ColumnElement[int] = literal_column(str(LONG))
_BITS: ColumnElement[int] = literal_column(str(PASSAGES.bit_length() - 1))
# Not the key itself, so that SQLite doesn't look rows up by it.
_WALKED: ColumnElement[int] = Assistant.seq + 0


def seqs(wanted: Wanted) -> Select[Any]:
    """`Assistant.seq` of all that are wanted, in no order."""
    statement, (_, seq) = _listed(wanted)
    narrowed: Select[Any] = statement.with_only_columns(seq)
    return narrowed


def count(wanted: Wanted) -> int:
    """How many are wanted, or one more than `MOST_COUNTED`."""
    if wanted == Wanted(models=wanted.models) and wanted.models is not None:
        # Asked by every first page of the list.
        models = {f"model_{number}": model for number, model in enumerate(wanted.models)}
        return int(reader().rows(_of_models(len(models)), **models)[0][0])
    return int(_asked(_counted, wanted)[0][0])


def _counted(wanted: Wanted) -> Select[Any]:
    statement = _streamed(wanted) if wanted.has_words else seqs(wanted)
    few = statement.limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(few)


@cache
def _of_models(models: int) -> Prepared:
    """How many have any of so many models, as `count` has it."""
    named: Any = [bindparam(f"model_{number}") for number in range(models)]
    # Joined, so that an engine stops at the limit; SQLite would first write down all that have such a model.
    found = select(Assistant.seq).join(assistant_facets, assistant_facets.c.assistant_seq == Assistant.seq)
    few = found.where(_of_any(named), Assistant.deleted_at.is_(None)).limit(MOST_COUNTED + 1)
    return Prepared(select(func.count()).select_from(few.subquery()))


def list_page(wanted: Wanted, window: Window, *, best_first: bool) -> Page[Assistant]:
    """One page without the instructions. Places are (created_at, seq), or (rank, seq) where the best come first."""
    statement = select(Assistant).options(defer(Assistant.instructions, raiseload=True))
    page, numbers = _page(wanted, window, best_first=best_first)
    found = {each.seq: each for each in db.session.scalars(statement.where(Assistant.seq.in_(numbers)))}
    return Page([found[number] for number in numbers], page.has_more, page.backwards, page.has_behind)


def read_page(wanted: Wanted, window: Window, columns: Sequence[Any], *, best_first: bool) -> Page[Record]:
    """These columns of one page."""
    page, numbers = _page(wanted, window, best_first=best_first)
    statement = select(*columns, Assistant.seq.label("place")).where(Assistant.seq.in_(numbers))
    found = {row.place: row for row in db.session.execute(statement)}
    return Page([found[number] for number in numbers], page.has_more, page.backwards, page.has_behind)


def instructions(numbers: Sequence[int]) -> dict[int, str]:
    """The texts of a few assistants, by `seq`, to show where they hold what is looked for."""
    rows = db.session.execute(select(Assistant.seq, Assistant.instructions).where(Assistant.seq.in_(numbers)))
    return {row.seq: row.instructions or "" for row in rows}


def rank(seq: int, query: Query) -> int:
    """How well an assistant matches, as a place in the list of the best: 0 too for one that doesn't any more."""
    heads = (first_id(seq, is_long=False), first_id(seq, is_long=True))
    columns = (search_passages.c.name, search_passages.c.description)
    head = db.session.execute(select(*columns).where(search_passages.c.id.in_(heads))).one_or_none()
    if head is None:
        return 0
    name, description = (f" {words} " for words in head)
    if all(term.is_in(name) for term in query.terms):
        return 2
    return int(all(term.is_in(name) or term.is_in(description) for term in query.terms))


def _asked(make: Callable[..., Select[Any]], wanted: Wanted, *further: Window) -> Sequence[Record]:
    """What the statement finds that is made of these. For the beginning of a list, and for what is counted, it is put
    together once for each shape of a question."""
    if not wanted.has_shape or not all(window.is_open for window in further):
        return db.session.execute(make(wanted, *further), execution_options=AS_ASKED).all()
    dialect = db.engine.dialect
    shape, meant = wanted.shape()
    prepared = _shaped(dialect.name, make, shape, *further)
    compiled = prepared.on(dialect)
    values = {name: value.translate(meant) for name, value in compiled.fixed.items() if isinstance(value, str)}
    asked = db.session.connection().exec_driver_sql(compiled.text, compiled.bound(values), execution_options=AS_ASKED)
    return compiled.rows(list(asked.all()))


@lru_cache(maxsize=128)
def _shaped(_dialect: str, make: Callable[..., Select[Any]], shape: Wanted, *further: Window) -> Prepared:
    """Of each engine its own, because they are asked for words in different ways."""
    return Prepared(make(shape, *further))


def _page(wanted: Wanted, window: Window, *, best_first: bool) -> tuple[Page[Record], list[int]]:
    """The places on a page, and their seqs."""

    # Few are looked up and then sorted; where there are many, the next ones are met soon on the way along the list.
    is_walk = not best_first and wanted.has_words and count(wanted) > MOST_COUNTED
    make = _ranked if best_first else _walked if is_walk else _in_order
    page: Page[Record] = window.page(_asked(make, wanted, window))
    edge: Place | None = tuple(page.items[-1 if page.backwards else 0]) if page.items else None
    if (behind := window.behind(edge)) is not None:
        page = page.with_behind(bool(_asked(make, wanted, behind)))
    return page, [row.seq for row in page.items]


def _in_order(wanted: Wanted, window: Window) -> Select[Any]:
    """The places on a page in the order of the list, which all that are wanted are looked up for."""
    return window.apply(*_listed(wanted))


def _walked(wanted: Wanted, window: Window) -> Select[Any]:
    """The same, met on the way along the list."""
    return window.apply(*_listed(wanted, is_walk=True))


def _listed(wanted: Wanted, *, is_walk: bool = False) -> tuple[Any, tuple[Any, ...]]:
    """All that are wanted with their places in the list, and the columns of those.

    With `is_walk` an engine goes along the list and looks whether each is wanted, rather than looking up all that are.
    """
    listed = select(*ORDER).where(*_filters(wanted, wanted.facets))
    if wanted.has_words:
        return listed.where((_WALKED if is_walk else Assistant.seq).in_(_holding(wanted.query))), ORDER
    if not wanted.facets:
        return listed, ORDER
    (facet, value), *others = wanted.facets
    keys: tuple[Any, ...] = (assistant_facets.c.created_at, assistant_facets.c.assistant_seq.label("seq"))
    along = (
        select(*keys)
        .join(Assistant, Assistant.seq == assistant_facets.c.assistant_seq)
        .where(assistant_facets.c.facet == facet, assistant_facets.c.value == value, *_filters(wanted, others))
    )
    return along, keys


def _filters(wanted: Wanted, facets: Sequence[tuple[str, str]]) -> Iterator[ColumnElement[bool]]:
    """What has to hold of an assistant besides the words."""
    yield Assistant.deleted_at.is_(None)
    for facet, value in facets:
        one = assistant_facets.alias()
        yield exists().where(
            one.c.facet == facet,
            one.c.value == value,
            one.c.created_at == Assistant.created_at,
            one.c.assistant_seq == Assistant.seq,
        )
    if wanted.changed_since is not None and (wanted.has_words or wanted.facets):
        yield Assistant.updated_at >= wanted.changed_since
    elif wanted.changed_since is not None:
        changed = aliased(Assistant)
        # PostgreSQL sees by its statistics whether to walk.
        looked_up = Assistant.seq if db.engine.dialect.name == "postgresql" else _WALKED
        yield looked_up.in_(select(changed.seq).where(changed.updated_at >= wanted.changed_since))
    if wanted.ids is not None:
        yield Assistant.id.in_(wanted.ids)
    if wanted.models is not None:
        yield Assistant.seq.in_(select(assistant_facets.c.assistant_seq).where(_of_any(wanted.models)))
    if not wanted.has_words:
        for term in wanted.query.without:
            yield Assistant.seq.not_in(_holding(Query((term,))))


def _of_any(models: Sequence[Any]) -> ColumnElement[bool]:
    """The facets of assistants that have one of these models; each has one."""
    return and_(assistant_facets.c.facet == Facet.MODEL.value, assistant_facets.c.value.in_(models))


def _ranked(wanted: Wanted, window: Window) -> Select[Any]:
    """The (rank, seq) of those on a page, the best first."""
    parts = [stretch.part(number, window) for number in RANKS for stretch in _stretches(wanted, number)]
    found = union_all(*(part for part in parts if part is not None)).subquery()
    order = [key.asc() if window.backwards else key.desc() for key in (found.c.rank, found.c.seq)]
    return select(found).order_by(*order).limit(window.limit + 1)


def _stretches(wanted: Wanted, number: int) -> Iterator[Stretch]:
    """Those of one rank: texts of one passage, and longer ones."""
    where, but_not = RANKS[number]
    asked, terms, without = passages(where), wanted.query.terms, wanted.query.without
    filters = list(_filters(wanted, wanted.facets))
    held = asked.hold(terms, where, but_not=but_not, without=without)
    yield Stretch(_joined(_short(asked, held), asked, *filters), asked.id, 0, PASSAGES)
    seq = _long_seq(asked)
    if where is Where.ANY:
        titled = _long_titled(terms)
        yield Stretch(_joined(_long(terms, without), asked, seq.not_in(titled), *filters), seq)
    else:
        free = (seq.not_in(_long(runs(term))) for term in without)
        statement = select(seq.label("seq")).where(asked.id >= _LONG, asked.hold(terms, where, but_not=but_not), *free)
        yield Stretch(_joined(statement, asked, *filters), asked.id, LONG, PASSAGES)


def _streamed(wanted: Wanted) -> CompoundSelect[Any]:
    """All that hold the words, in no order, so that an engine can stop early."""
    query, asked, filters = wanted.query, passages(), list(_filters(wanted, wanted.facets))
    short = _short(asked, asked.hold(query.terms, without=query.without))
    long = _long(query.terms, query.without)
    # Where nothing else has to hold, nearly all found count. PostgreSQL would begin by reading every assistant.
    if wanted.has_shape and not wanted.facets and db.engine.dialect.name == "postgresql":
        return union_all(_looked_up(short, *filters), _looked_up(long, *filters))
    return union_all(_joined(short, asked, *filters), _joined(long, asked, *filters))


def _holding(query: Query) -> CompoundSelect[Any]:
    """The seqs of all that hold the words, deleted ones too."""
    asked = passages()
    short = _short(asked, asked.hold(query.terms, without=query.without))
    return union_all(short.correlate(None), _long(query.terms, query.without))


def _joined(statement: Select[Any], asked: Passages, *filters: ColumnElement[bool]) -> Select[Any]:
    """The statement, whose one column is `seq`, with the assistants themselves, narrowed by `filters`."""
    (seq,) = statement.selected_columns
    return statement.join_from(asked.source, Assistant, Assistant.seq == seq).where(*filters)


def _looked_up(statement: Select[Any], *filters: ColumnElement[bool]) -> Select[Any]:
    """The same rows as `_joined`, by a look at the assistant of each."""
    (seq,) = statement.selected_columns
    return statement.where(select(true()).where(Assistant.seq == seq, *filters).scalar_subquery())


def _short(asked: Passages, held: ColumnElement[bool]) -> Select[Any]:
    """Texts of one passage, in which all stands in one row."""
    return select(asked.id.bitwise_rshift(_BITS).label("seq")).where(asked.id < _LONG, held)


def _long(terms: Sequence[Term], without: Sequence[Term] = ()) -> Select[Any]:
    """Texts of several passages, among which the terms may be scattered."""
    asked = passages()
    seq = _long_seq(asked)
    first, *others = [run for term in terms for run in runs(term)]
    statement = select(seq.label("seq")).distinct().where(asked.id >= _LONG, asked.hold([first]))
    statement = statement.where(*(seq.in_(_long([other])) for other in others))
    return statement.where(*(seq.not_in(_long(runs(term))) for term in without)).correlate(None)


def _long_titled(terms: Sequence[Term]) -> Select[Any]:
    """Texts of several passages that hold all terms in name or description."""
    asked = passages(Where.TITLE)
    return select(_long_seq(asked)).where(asked.id >= _LONG, asked.hold(terms, Where.TITLE)).correlate(None)


def _long_seq(asked: Passages) -> ColumnElement[int]:
    return (asked.id - _LONG).bitwise_rshift(_BITS)
