"""What a template reads is found by rendering it, and then it is a function of just that."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.query import Datacenters, Key, Nodes, Pairs, Query, Service, Services
from discovery.view import View
from renderer.engine import Faulty, Marks, Missing, Page, Reads, Rendered
from renderer.reading import Sources, Text
from tests.unit.renderer.knowledge import PAIRS, WEB, Write, absent, knowing, settled


def text_of(page: Page, *of: Any) -> str:
    outcome, _ = settled(page, *of)
    assert isinstance(outcome, Rendered), outcome
    return outcome.text


READS: list[tuple[str, str, str, set[Query[Any]]]] = [
    ("instances that pass", "{% for s in service('web') %}{{ s.id }} {% endfor %}", "web-1 web-2 ", {Service(None, "web")}),
    ("of one status", "{{ service('web', status='warning')[0].id }}", "web-3", {Service(None, "web")}),
    ("of several", "{{ service('web', status=['passing', 'warning']) | length }}", "3", {Service(None, "web")}),
    ("of any", "{{ service('web', status='any') | length }}", "4", {Service(None, "web")}),
    ("with a tag", "{{ service('web', tag='blue') | map(attribute='id') | join }}", "web-1", {Service(None, "web")}),
    ("elsewhere, nearest first", "{{ service('web', 'west', 'n9') | length }}", "2", {Service("west", "web", "n9")}),
    ("no instances are an answer", "{{ service('none') | length }}", "0", {Service(None, "none")}),
    ("an IPv6 address has brackets", "{{ service('web')[1].host_port }}", "[2001:db8::2]:80", {Service(None, "web")}),
    ("all fields of an instance",
     "{% for s in service('web', status='warning') %}{{ [s.name, s.address, s.port, s.node, s.node_address, s.node_meta.rack,"
     " s.meta.version, s.status, s.datacenter, s.tags | length] | join('|') }}{% endfor %}",
     "web|10.0.0.3|80|n3|192.0.2.3|r1|2|warning|east|0", {Service(None, "web")}),
    ("services", "{{ services() | map(attribute='name') | join(',') }}", "consul,web", {Services()}),
    ("nodes", "{{ nodes('west')[1].name }} {{ nodes('west')[1].meta.rack }}", "n2 r2", {Nodes("west")}),
    ("datacenters", "{{ datacenters() | join(',') }}", "east,west", {Datacenters()}),
    ("a key", "{{ key('/app/name') }}", "shop", {Key(None, "app/name")}),
    ("a key elsewhere", "{{ key('app/name', 'west') }}", "shop", {Key("west", "app/name")}),
    ("a key or a default", "{{ key_or_default('app/name', 'x') }}{{ key_or_default('no', 5) + 1 }}", "shop6",
     {Key(None, "app/name"), Key(None, "no")}),
    ("whether there is a key", "{{ key_exists('app/name') }} {{ key_exists('no') }}", "True False",
     {Key(None, "app/name"), Key(None, "no")}),
    ("a folder", "{{ ls('app') | map(attribute='key') | join(' ') }}", "name port", {Pairs(None, "app/")}),
    ("a tree", "{% for p in tree('/app/') %}{{ p.key }}={{ p.value }} {% endfor %}",
     "db/host=db.example db/port=5432 name=shop port=8080 ", {Pairs(None, "app/")}),
    ("all keys", "{{ tree() | map(attribute='path') | list | length }}", "6", {Pairs(None, "")}),
    ("in an if that is not taken", "{% if key_exists('no') %}{{ key('app/name') }}{% endif %}", "", {Key(None, "no")}),
    ("in an if that is taken", "{% if key('app/port') == '8080' %}{{ key('app/name') }}{% endif %}", "shop",
     {Key(None, "app/port"), Key(None, "app/name")}),
    ("in a loop, by what another said", "{% for p in ls('app') %}{{ key('app/' ~ p.key) }} {% endfor %}", "shop 8080 ",
     {Pairs(None, "app/"), Key(None, "app/name"), Key(None, "app/port")}),
    ("a stand-in has no say", "{{ 'none yet' if key('flags') == '' else (key('flags') | parse_json).limits[1] }}", "2",
     {Key(None, "flags")}),
    ("the environment", "{{ env('HOME') }}{{ env('NO', '-') }}", "/root-", set()),
    ("a file that is not there", "{{ file('/no', 'none') }}", "none", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "gives", "reads"), [row[1:] for row in READS], ids=[row[0] for row in READS])
def test_what_is_read_is_found_and_what_is_written_follows_from_it(
    page: Write, text: str, gives: str, reads: set[Query[Any]]
) -> None:
    outcome, watched = settled(page(text))
    assert isinstance(outcome, Rendered), outcome
    assert outcome.text == gives
    assert set(watched) == reads


def test_included_and_imported_templates_read_too_and_are_asked_anew_each_time(page: Write) -> None:
    made = page(
        '{% from "macros" import named %}{{ named("app/name") }} {% include ["no", "part"] %}',
        macros="{% set port = key('app/port') %}{% macro named(path) %}{{ key(path) }}:{{ port }}{% endmacro %}",
        part="{{ key('app/db/port') }}",
    )
    outcome, watched = settled(made)
    assert isinstance(outcome, Rendered)
    assert outcome.text == "shop:8080 5432"
    assert {query.path for query in watched if isinstance(query, Key)} == {"app/name", "app/port", "app/db/port"}
    assert {path.name for path in outcome.reads.files} == {"page.j2", "macros", "part", "no"}
    assert text_of(made, WEB, PAIRS | {"app/port": "1"}) == "shop:1 5432"


def test_a_template_that_changes_is_taken_up(page: Write, tmp_path: Path) -> None:
    made = page("{% include 'part' %}", part="one")
    assert text_of(made) == "one"
    (tmp_path / "part").write_text("another")
    assert text_of(made) == "another"


WAITING = [
    ("an answer", "{{ service('web') }}", View(), "web: Consul has not answered yet"),
    ("an answer that fails", "{{ key('a') }}", View().failed(Key(None, "a"), "away"), "key a: away"),
    ("a key", "{{ key('no') }}", knowing([Key(None, "no")]), "key no: it is not there"),
    ("a first instance", "{{ safe_service('no') }}", knowing([Service(None, "no")]), "1 of no: there are 0"),
    ("enough instances", "{{ service('web', floor=3) }}", knowing([Service(None, "web")]), "3 of web: there are 2"),
    ("a first key of a folder", "{{ safe_ls('no') }}", knowing([Pairs(None, "no/")]), "keys under no: there is none"),
    ("a first key of a tree", "{{ safe_tree('no') }}", knowing([Pairs(None, "no/")]), "keys under no: there is none"),
    ("a file", "{{ file('/no') }}", View(), "the file /no: No such file"),
    ("though it goes wrong without", "{{ key('a') | parse_int }}", View(), "key a: Consul has not answered yet"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "view", "waits"), [row[1:] for row in WAITING], ids=[row[0] for row in WAITING])
def test_it_waits_for(page: Write, text: str, view: View, waits: str) -> None:
    outcome = page(text).render(Sources(view, {}, absent))
    assert isinstance(outcome, Missing)
    assert outcome.waiting == (waits,)


def test_one_pass_asks_all_that_it_can(page: Write) -> None:
    outcome = page("{{ key('a') }}{{ key('b') }}{{ service('web') | length }}").render(Sources())
    assert outcome.reads.queries == {Key(None, "a"), Key(None, "b"), Service(None, "web")}
    assert len(outcome.waiting) == 3 if isinstance(outcome, Missing) else False


FAULTS = [
    ("a name nobody knows", "a\n{{ nobody }}", "page.j2, line 2: 'nobody' is undefined"),
    ("a key of meta that is not there", "{{ service('web')[0].meta.nope }}", "line 1: 'dict object' has no attribute 'nope'"),
    ("no Jinja", "\n\n{% if %}", "page.j2, line 3: Expected an expression"),
    ("a template that is not there", "{% include 'gone' %}", "there is no gone in"),
    ("a status there is none of", "{{ service('web', status='well') }}", "status is 'well'; allowed: one or several of passing"),
    ("consul-template's way to name a service", "{{ service('blue.web@west') }}", "is no name of a service; where it is"),
    ("a path that leads elsewhere", "{{ key('../agent/self') }}", "'../agent/self' is no path of a key"),
    ("a path that is no text", "{{ key(5) }}", "key: 5 is no text"),
    ("an undefined path", "\n{{ key(nothing) }}", "line 2: 'nothing' is undefined"),
    ("an undefined value in JSON", "{{ {'a': nothing} | to_json }}", "line 1: 'nothing' is undefined"),
    ("a variable that is not set", "{{ env('NO') }}", "NO is not set; give a default, as in env('NO', '')"),
    ("a text that is no number", "{{ 'x' | parse_int }}", "'x' is no whole number"),
    ("a function of consul-template's", "{{ keyOrDefault('a', 'b') }}", "keyOrDefault: it is key_or_default(path, default)"),
    ("a filter of consul-template's", "{{ 1 | toJSON }}", "No filter named 'toJSON': it is to_json here"),
    ("Vault", "{{ secret('a') }}", "there is no Vault here"),
    ("the time", "{{ timestamp() }}", "would never be the same twice"),
    ("chance", "{{ [1, 2] | random }}", "No filter named 'random'"),
    ("Python's insides", "{{ ''.__class__ }}", "unsafe"),
    ("changing what is known", "{{ service('web', status='any')[0].meta.update({}) }}", "unsafe"),
    ("half of a character", "{{ '\"\\\\ud800\"' | parse_json }}", "surrogates not allowed"),
    ("a range without end", "{% for _ in range(10 ** 9) %}{% endfor %}", "Range too big"),
    ("a power", "{{ 10 ** 10000 }}", "an exponent may be 1000 at most"),
    ("a repetition", "{{ 'x' * 10 ** 9 }}", "a repetition may be 1000000 long"),
    ("recursion", "{% macro again() %}{{ again() }}{% endmacro %}\n{{ again() }}", "line 1: it calls itself without end"),
    ("including itself", "{% include 'page.j2' %}", "line 1: it calls itself without end"),
]


@pytest.mark.parametrize(("text", "says"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_a_fault_names_file_and_line_and_what_to_do(page: Write, text: str, says: str) -> None:
    outcome, _ = settled(page(text))
    assert isinstance(outcome, Faulty)
    assert says in outcome.reason
    assert "page.j2" in outcome.reason


def test_a_fault_in_an_included_file_names_that_one(page: Write) -> None:
    outcome, _ = settled(page("{% include 'part' %}", part="\n\n{{ nobody }}"))
    assert isinstance(outcome, Faulty)
    assert "part, line 3: 'nobody' is undefined" in outcome.reason


def test_what_was_read_before_a_fault_is_watched_so_that_it_can_mend_it(page: Write) -> None:
    outcome, watched = settled(page("{{ key('app/name') | parse_int }}"))
    assert isinstance(outcome, Faulty)
    assert watched == {Key(None, "app/name")}


def test_files_that_are_read_are_recorded(page: Write) -> None:
    outcome = page("{{ file('/etc/motd') }}").render(Sources(file=lambda name: Text(Path("/somewhere"), "hi")))
    assert outcome == Rendered("hi", Reads(files=frozenset({Path("/somewhere"), *outcome.reads.files})))
    assert Path("/somewhere") in outcome.reads.files


def test_other_marks_leave_braces_alone(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("${#list} {{ left }} [[ key('app/name') ]][% if true %]![% endif %][# gone #]")
    marks = Marks(("[[", "]]"), ("[%", "%]"), ("[#", "#]"))
    assert text_of(Page(tmp_path / "t", marks)) == "${#list} {{ left }} shop!"


def test_who_was_given_is_told_by_more_than_the_address(page: Write) -> None:
    made = page("{{ service('web') | length }}")
    given = [one.given for one in (settled(made)[0], settled(made, WEB[:1])[0]) if isinstance(one, Rendered)]
    assert given[1] < given[0]
    moved = (replace(WEB[0], port=81), WEB[1])
    there = settled(made, moved)[0]
    assert isinstance(there, Rendered)
    assert not given[0] <= there.given


@settings(max_examples=50)
@given(st.randoms())
def test_the_same_catalog_in_any_order_gives_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    page = Page(ALL)
    shuffled = [replace(one, meta=dict(chance.sample(list(one.meta.items()), len(one.meta)))) for one in WEB]
    chance.shuffle(shuffled)
    pairs = list(PAIRS.items())
    chance.shuffle(pairs)
    assert text_of(page, shuffled, dict(pairs)) == text_of(page)


ALL = Path(__file__).parent / "all.j2"

# Templates that read at random: by keys, in ifs and loops, by what other keys hold. A key's value is a key, or nothing.
NAMES = ["a", "b", "c", "d"]
LEAVES = st.sampled_from(
    [f"{{{{ {call} }}}}" for name in NAMES for call in
     (f"key('{name}')", f"key_or_default('{name}', '-')", f"key_exists('{name}')", f"service('{name}', status='any') | length")]
)  # fmt: skip


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = st.sampled_from(NAMES)
    taken = st.builds(
        "{{% if key_or_default('{}', '') == '{}' %}}{}{{% else %}}{}{{% endif %}}".format, names, names, inner, inner
    )
    looped = st.builds(
        "{{% for s in service('{}', status='any') %}}{{{{ key_exists(s.id) }}}}{}{{% endfor %}}".format, names, inner
    )
    led = st.builds("{{{{ key_or_default(key_or_default('{}', 'z'), '!') | trim }}}}{}".format, names, inner)
    return taken | looped | led | st.builds("{}{}".format, inner, inner)


TEMPLATES = st.recursive(LEAVES, _grown, max_leaves=12)
VALUES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(NAMES))
GROUPS = st.lists(
    st.builds(
        lambda service, number: replace(WEB[0], service=service, id=NAMES[number], port=number),
        st.sampled_from(NAMES),
        st.integers(0, 3),
    ),
    max_size=6,
    unique_by=lambda one: (one.service, one.id),
)


class Everything(View):
    """A view in which all is known, that notes what is asked."""

    def __init__(self, *of: Any) -> None:
        super().__init__()
        object.__setattr__(self, "of_what", of)
        object.__setattr__(self, "asked", set())

    def to(self, query: Query[Any]) -> Any:
        self.asked.add(query)  # type: ignore[attr-defined]
        return knowing([query], *self.of_what).answers[query]  # type: ignore[attr-defined]


@settings(max_examples=300)
@given(TEMPLATES, VALUES, GROUPS)
def test_rendering_and_watching_settles_at_what_a_direct_evaluation_reads(
    tmp_path_factory: pytest.TempPathFactory, text: str, pairs: dict[str, str], instances: list[Any]
) -> None:
    path = tmp_path_factory.mktemp("random") / "t"
    path.write_text(text)
    directly = Everything(instances, pairs)
    at_once = Page(path).render(Sources(directly))
    outcome, watched = settled(Page(path), instances, pairs)
    if isinstance(at_once, Rendered):
        assert isinstance(outcome, Rendered)
        assert outcome.text == at_once.text
        assert watched == directly.asked  # type: ignore[attr-defined]
    else:
        assert isinstance(outcome, Missing)
        assert watched >= directly.asked  # type: ignore[attr-defined]
