"""Byte equality with MiniJinja, by its own binding, configured with the same file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import minijinja
import pytest

from inventory.load import load_cluster
from inventory.model import Cluster, Node
from tests.tree.samples import MINIJINJA, ROOT, cluster, refused, told, write
from tree.delimiters import Delimiters, parse
from tree.template import Templates
from tree.variables import variables

CLUSTERS = ("main", "staging")
VARIABLES = {"NAME": "alpha", "LIST": "a,b,,c", "EMPTY": "", "COUNT": "3", "MARKS": "<a & 'b'> \"c\" é\n", "ON": "true"}


def by_minijinja(text: str, values: Mapping[str, str], delimiters: Delimiters, name: str = "t.yaml.j2") -> str:
    """What minijinja-cli writes: it lets MiniJinja drop the last line feed, and ends its output with one of its own."""
    environment = minijinja.Environment(
        undefined_behavior="strict",
        trim_blocks=delimiters.trim_blocks,
        lstrip_blocks=delimiters.lstrip_blocks,
        keep_trailing_newline=False,
        auto_escape_callback=lambda _: False,
        block_start_string=delimiters.block[0],
        block_end_string=delimiters.block[1],
        variable_start_string=delimiters.variable[0],
        variable_end_string=delimiters.variable[1],
        comment_start_string=delimiters.comment[0],
        comment_end_string=delimiters.comment[1],
        globals={"ENV": dict(values)},
        pycompat=False,
    )
    return environment.render_str(text, name) + ("\n" if delimiters.newline else "")


def nodes_of(path: Path, inventory: Cluster) -> list[Node | None]:
    """Nodes that a template is rendered for: a patch for its own, the base config for each, the rest for none."""
    if path.parent.name == "nodes":
        return [node for node in inventory.nodes if f"{node.name}.yaml.j2" == path.name]
    return [*inventory.nodes] if path.name == "machineconfig.yaml.j2" else [None]


def renders() -> Iterator[tuple[Path, Cluster, Node | None]]:
    for name in CLUSTERS:
        inventory = load_cluster(name, ROOT)
        for path in sorted((ROOT / inventory.tree).rglob("*.j2")):
            for node in nodes_of(path, inventory):
                yield path.relative_to(ROOT), inventory, node


RENDERS = list(renders())


@pytest.mark.parametrize("name", CLUSTERS)
def test_no_template_of_the_tree_is_left_out(name: str) -> None:
    """Every *.j2 of the tree is compared at least once, and there are as many as the nodes and the pipeline need."""
    inventory = load_cluster(name, ROOT)
    found = set((ROOT / inventory.tree).rglob("*.j2"))
    compared = {ROOT / path for path, owner, _ in RENDERS if owner.name == name}
    assert compared == found
    assert len(found) >= len(inventory.nodes) + 3


@pytest.mark.parametrize(
    ("path", "inventory", "node"), RENDERS, ids=[f"{path}-{node.name if node else 'all'}" for path, _, node in RENDERS]
)
def test_every_template_of_both_trees_renders_to_the_same_bytes(
    path: Path, inventory: Cluster, node: Node | None
) -> None:
    """Jinja2 here and MiniJinja by hand write the same file for every node."""
    values = variables(inventory, node)
    expected = by_minijinja((ROOT / path).read_text(encoding="utf-8"), values, parse(MINIJINJA))
    assert len(expected) > 100
    assert Templates(ROOT).render(path.as_posix(), values).encode() == expected.encode()


SAME = {
    "variable": "a: #{ ENV.NAME }#\n",
    "item": 'a: #{ ENV["NAME"] }#\n',
    "no line feed at the end": "a: #{ ENV.NAME }#",
    "two line feeds at the end": "a: 1\n\n",
    "empty": "",
    "comment": "#| c |#\na: 1 #| d |#\n",
    "comment of several lines": "#| c\n   d |#\na: 1\n",
    "yaml comment stays": "# c #\na: 1 # d\n## e\n",
    "braces of helm and flux stay": 'a: "{{ .Values.x }}" # {% if %}\nb: ${X:=1}\n',
    "if": "#% if ENV.ON %#\na: 1\n#% endif %#\n",
    "if not": "#% if not ENV.EMPTY %#\na: 1\n#% else %#\nb: 1\n#% endif %#\n",
    "elif": "#% if ENV.EMPTY %#\na\n#% elif ENV.COUNT == '3' %#\nb\n#% else %#\nc\n#% endif %#\n",
    "if in a line": "a: #% if ENV.ON %#yes#% else %#no#% endif %#\n",
    "indented block": "a:\n  #% if ENV.ON %#\n  b: 1\n  #% endif %#\nc: 1\n",
    "white space control": "a:\n#%- if ENV.ON -%#\n  b\n#%- endif %#\n",
    "inline if": "a: #{ 'x' if ENV.ON else 'y' }#\n",
    "or and in": "a: #{ 'x' if ENV.EMPTY or 'l' in ENV.NAME and ENV.ON else 'y' }#\n",
    "for over split": '#% for x in ENV.LIST | split(",") %#\n- "#{ x }#"\n#% endfor %#\n',
    "split at white space": "#{ 'a b  c' | split | join('|') }#\n",
    "split with a limit": "#{ ENV.LIST | split(',', 1) | join('|') }#\n",
    "split of nothing": '#% for x in ENV.EMPTY | split(",") %#\n- "#{ x }#"\n#% endfor %#\n',
    "lines": "#% for x in 'a\\nb\\n' | lines %#[#{ x }#]#% endfor %#\n",
    "loop variables": "#% for x in [1, 2] %##{ loop.index }##{ loop.index0 }##{ ',' if not loop.last }##% endfor %#\n",
    "loop else": "#% for x in [] %#a#% else %#none#% endfor %#\n",
    "loop filter": "#% for x in [1, 2, 3] if x > 1 %##{ x }##% endfor %#\n",
    "unpacking": '#% for a, b in [["x", 1], ["y", 2]] %#\n#{ a }#=#{ b }#\n#% endfor %#\n',
    "items": "#% for k, v in {'b': 1, 'a': 2} | items %##{ k }##{ v }##% endfor %#\n",
    "dictsort": "#% for k, v in {'b': 1, 'a': 2} | dictsort %##{ k }##{ v }##% endfor %#\n",
    "range": "#% for x in range(1, 4) %##{ x }##% endfor %#\n",
    "set": "#% set a = ENV.NAME %#\n#{ a }#\n",
    "set block": "#% set a %#x#{ ENV.NAME }##% endset %##{ a }#\n",
    "with": "#% with a = 1 %##{ a }##% endwith %#\n",
    "macro": "#% macro m(a, b=2) %#[#{ a }#-#{ b }#]#% endmacro %##{ m('x') }##{ m('y', b=3) }#\n",
    "namespace": "#% set n = namespace(a=1) %##% set n.a = 2 %##{ n.a }#\n",
    "raw": "#% raw %##{ ENV.NAME }##% endraw %#\n",
    "filter block": "#% filter upper %#abc#% endfilter %#\n",
    "default": "a: #{ ENV.MISSING | default('d') }#\n",
    "default for empty": "a: #{ ENV.EMPTY | default('d', true) }#\n",
    "defined": "#% if ENV.MISSING is defined %#a#% else %#b#% endif %#\n",
    "case filters": "#{ ENV.NAME | upper }##{ 'aB' | lower }##{ 'ab cd' | title }##{ 'ab' | capitalize }#\n",
    "text filters": "#{ ENV.NAME | replace('a', 'o') }##{ ' x ' | trim }##{ 'abc' | reverse }##{ 'abc' | length }#\n",
    "list filters": "#{ [3, 1, 2] | sort | join(',') }##{ [1, 2] | first }##{ [1, 2] | last }##{ [1, 2] | sum }#\n",
    "more list filters": "#{ [1, 1, 2] | unique | join }##{ [1, 2] | map('string') | join('-') }##{ [2, 1] | min }#\n",
    "select": "#{ [1, 2, 3] | select('odd') | join(',') }#\n",
    "indent": "a: |\n  #{ 'x\\ny' | indent(2) }#\n",
    "indent first": "#{ 'x\\ny' | indent(2, true) }#\n",
    "int": "#{ ENV.COUNT | int + 1 }#\n",
    "bool": "#{ 'a' if [1] | bool else 'b' }#\n",
    "arithmetic": "#{ 7 // 2 }##{ 7 % 2 }##{ 2 ** 3 }##{ 3 * 2 - 1 }#\n",
    "concatenation": "#{ ENV.NAME ~ '-' ~ 1 }#\n",
    "slices": "#{ ENV.NAME[0] }##{ ENV.NAME[-1] }##{ ENV.NAME[1:3] }#\n",
    "comparison": "#{ 'a' if 1 < 2 else 'b' }##{ 'a' if ENV.NAME == 'alpha' else 'b' }#\n",
    "marks are not escaped": "#{ ENV.MARKS }#",
    "tojson of text": "#{ ENV.MARKS | tojson }#\n",
    "tojson keeps order": "#{ {'b': 1, 'a': [true, none, 1.5]} | tojson }#\n",
    "tojson indented": "#{ {'b': 1, 'a': [1]} | tojson(indent=2) }#\n",
    "tojson amid text": "#{ '<' ~ (ENV.NAME | tojson) ~ '>' }#\n",
    "escape": "#{ '<' | escape }##{ '<' | safe }#\n",
    "do nothing with percent": "100% #\n%# }#\n",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME.keys())
def test_the_language(text: str, tmp_path: Path) -> None:
    """Each feature of the language writes the same bytes as MiniJinja."""
    write(tmp_path, {".minijinja.toml": MINIJINJA, "t.yaml.j2": text})
    assert Templates(tmp_path).render("t.yaml.j2", VARIABLES) == by_minijinja(text, VARIABLES, parse(MINIJINJA))


@pytest.mark.parametrize(
    "text", ["a\n", "a", "a\n\n", "{% if ENV.ON %}\n  a\n{% endif %}\nb\n", "{# c #}\na {{ ENV.NAME }}"]
)
@pytest.mark.parametrize("switches", ["", "newline = false", "trim-blocks = true", "lstrip-blocks = true"])
def test_white_space_follows_the_file(text: str, switches: str, tmp_path: Path) -> None:
    """Every switch of the file has MiniJinja's effect, also with the delimiters that MiniJinja begins with."""
    config = f'autoescape = "none"\n{switches}\n'
    write(tmp_path, {".minijinja.toml": config, "t.j2": text})
    assert Templates(tmp_path).render("t.j2", VARIABLES) == by_minijinja(text, VARIABLES, parse(config))


REFUSED = {
    "true": "a: #{ true }#",
    "none": "a: #{ none }#",
    "list": "a: #{ [1, 2] }#",
    "mapping": "a: #{ {'a': 1} }#",
    "range": "a: #{ range(3) }#",
    "float": "a: #{ 1 / 2 }#",
    "method of a text": "a: #{ ENV.NAME.upper() }#",
    "method of a mapping": "#% for k, v in ENV.items() %##% endfor %#",
    "method of a list": "a: #{ [1].index(1) }#",
    "int of a word": "a: #{ ENV.NAME | int }#",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_would_be_written_in_another_way_is_refused(text: str, tmp_path: Path) -> None:
    """minijinja-cli writes these in its own way, or not at all; here they are a problem of their line."""
    write(tmp_path, {".minijinja.toml": MINIJINJA, "t.yaml.j2": f"---\n{text}\n"})
    problems = refused(Templates(tmp_path).render, "t.yaml.j2", VARIABLES)
    assert [problem.place for problem in problems] == ["t.yaml.j2:2"], told(problems)


def test_env_function_gives_what_env_holds(tmp_path: Path) -> None:
    """env("X") is the same value as ENV.X, and takes a default."""
    text = "#{ env('NAME') }# #{ env('MISSING', 'd') }# #{ env('MISSING', default='e') }#\n"
    write(tmp_path, {".minijinja.toml": MINIJINJA, "t.j2": text})
    assert Templates(tmp_path).render("t.j2", VARIABLES) == "alpha d e\n"


def test_variables_of_the_sample_render_alike() -> None:
    """ENV holds texts only, so that nothing of it can be printed in two ways."""
    assert all(isinstance(value, str) for value in variables(cluster(), cluster().nodes[0]).values())
