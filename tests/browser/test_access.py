"""axe-core finds no grave fault: of no page, in no colours, at no width, whatever of it is open."""

from importlib.resources import files

import pytest

from tests.browser.contract import GRAVE, NARROW, WCAG, WIDE

pytestmark = pytest.mark.xdist_group("browser")

AXE = "axe_playwright_python"
RUN = """async (tags) => {
  for (const each of document.querySelectorAll("details")) each.open = true;
  const { violations } = await axe.run(document, {
    runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], preload: false,
  });
  return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) =>
    [node.target.join(" "), node.html.slice(0, 100), node.any.map((each) => each.message).join(" ").slice(0, 200)]) }));
}"""


def faults(page):
    """The grave faults of what the page shows, with three of the elements that have each."""
    page.evaluate(files(AXE).joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate(RUN, WCAG)
    return [(each["id"], len(each["nodes"]), each["nodes"][:3]) for each in found if each["impact"] in GRAVE]


# Colours do not depend on the width, nor room for a finger on the colours: two of the four tell all.
@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide-light", "narrow-dark"])
def test_no_page_has_a_grave_fault(site, kinds, opened, size, scheme):
    page = opened(site.http, size=size, color_scheme=scheme)
    found = {}
    for path in kinds:
        page.goto(site.http + path)
        found[path] = faults(page)
    assert not {path: each for path, each in found.items() if each}


def test_the_search_for_faults_finds_them(opened, tmp_path):
    (tmp_path / "bad.html").write_text("<!doctype html><title>x</title><img src='data:,'><a href='#'></a>")
    page = opened(tmp_path.as_uri(), "/bad.html")
    page.watch.troubles.clear()  # the picture is none
    assert {name for name, *_ in faults(page)} >= {"image-alt", "link-name", "html-has-lang"}
