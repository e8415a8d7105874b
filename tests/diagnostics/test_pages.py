"""docs/codes/ has a page for every code that the source can give, and each page is right."""

from __future__ import annotations

import ast
import re

import pytest

from tests.diagnostics.pages import CODES, ROOT, Page, problems_of_example, read_page, shown

PAGES = [read_page(path) for path in sorted(CODES.glob("*.md")) if path.name != "README.md"]
# Those of lint are held to their examples beside the linter.
OWN = [page for page in PAGES if not page.code.startswith("lint-")]
# Mistakes that no text of one file can show: see tests/unit/adapters/test_config_files.py.
WITHOUT_EXAMPLE = {"misnamed-file", "unreadable-file"}
TELLERS = {
    "Diagnostic", "Problem", "Trap", "report", "refuse", "_problem", "_at", "_here", "_reserved",
    "problem",
}  # fmt: skip
_CODE = re.compile(r"[a-z]+(-[a-z]+)+")
_LINK = re.compile(r"\]\(([^)#]+)(?:#([^)]*))?\)")


def emitted() -> dict[str, set[str]]:
    """The codes in calls of whatever tells a problem, with the modules that have them.

    A code is the first of a call's arguments that looks like one, beside a place or a path; tables
    of codes are found by their names in capitals.
    """
    found: dict[str, set[str]] = {}
    for top in ("engine/language", "adapters/config", "adapters/cli"):
        for path in (ROOT / top).rglob("*.py"):
            for code in codes_of(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(code, set()).add(path.name)
    return found


def codes_of(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name in TELLERS:
                texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
                found |= {t for t in texts[:2] if isinstance(t, str) and _CODE.fullmatch(t)}
                if name == "Problem":
                    # There a code stands first, and may be one word.
                    found |= {t for t in texts[:1] if isinstance(t, str)}
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp):
            texts = [c.value for c in ast.walk(node.value) if isinstance(c, ast.Constant)]
            names = [t.id for t in node.targets if isinstance(t, ast.Name)]
            if names == ["code"]:
                found |= {t for t in texts if isinstance(t, str) and _CODE.fullmatch(t)}
        elif isinstance(node, ast.Tuple) and node.elts and isinstance(node.elts[0], ast.Constant):
            # A table of code and message, as for the signs that a text can't begin with.
            first = node.elts[0].value
            if len(node.elts) == 2 and isinstance(first, str) and first.startswith("yaml-"):
                found.add(first)
    return found


def test_every_code_that_the_source_can_give_has_a_page() -> None:
    found = emitted()
    assert len(found) > 50
    missing = {code: modules for code, modules in found.items() if code not in _known()}
    assert missing == {}, "write docs/codes/CODE.md for these"


def test_every_page_is_of_a_code_that_the_source_can_give() -> None:
    assert {page.code for page in OWN} - set(emitted()) == set()


def _known() -> set[str]:
    return {page.code for page in PAGES}


@pytest.mark.parametrize("page", OWN, ids=lambda page: page.code)
def test_the_wrong_example_is_told_so_and_the_right_one_is_right(page: Page) -> None:
    assert page.text.startswith(f"# `{page.code}`\n\n")
    if page.code in WITHOUT_EXAMPLE:
        return
    assert page.wrong != page.right
    found, texts = problems_of_example(page.kind, page.wrong)
    # Examples show the keys that matter: the others are missing, and nothing else is wrong.
    assert {p.code for p in found} - {"missing-key"} <= {page.code}
    assert page.said == shown(page.code, found, texts) + "\n"
    assert page.said.strip()
    left, _ = problems_of_example(page.kind, page.right)
    allowed = set() if page.code == "missing-key" else {"missing-key"}
    assert {p.code for p in left} <= allowed, [p.render() for p in left]


def test_the_index_lists_every_page_once() -> None:
    text = (CODES / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[`([a-z-]+)`\]\(([a-z-]+)\.md\)", text, re.MULTILINE)
    assert all(code == target for code, target in listed)
    names = [code for code, _ in listed]
    assert len(names) == len(set(names))
    assert {page.code for page in OWN} <= set(names) <= _known()


@pytest.mark.parametrize("name", ["README", *(page.code for page in OWN)])
def test_links_of_pages_lead_somewhere(name: str) -> None:
    text = (CODES / f"{name}.md").read_text(encoding="utf-8")
    for target, anchor in _LINK.findall(text):
        page = (CODES / target).resolve()
        assert page.exists(), target
        titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
        anchors = {re.sub(r"[^\w\- ]", "", t).strip().lower().replace(" ", "-") for t in titles}
        assert not anchor or anchor in anchors, anchor
