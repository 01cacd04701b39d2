"""The fixtures themselves: each fault of a page that they look for is found."""

import pytest

from conftest import pages_without_faults

PAGE = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head><body><main><h1>A page</h1>%s</main></body></html>'

GOOD = ['<p>Nothing wrong.</p>', '<img alt="" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">']
FAULTS = [
    ("console", "<script>console.error('no')</script>"),
    ("error", "<script>throw new Error('no')</script>"),
    ("outside", "<script src='http://127.0.0.1:9/outside.js'></script>"),
    ("404", "<img alt='' src='missing.png'>"),
]


@pytest.fixture
def site(tmp_path, serve):
    """`site(body)`: the address of a page with that body."""

    def write(body):
        (tmp_path / "index.html").write_text(PAGE % body)
        (tmp_path / "favicon.ico").touch()
        return f"{serve(tmp_path)}/"

    return write


@pytest.mark.parametrize("body", GOOD)
def test_a_page_without_faults_passes(body, site, browser, axe, screenshot):
    page = browser(site(body))
    axe(page)
    screenshot(page, "fixtures")
    assert page.title() == "A page"


@pytest.mark.parametrize("kind, body", FAULTS)
def test_a_fault_of_a_page_fails_the_test(kind, body, site, chromium):
    fixture = pages_without_faults(chromium)
    next(fixture)(site(body))
    with pytest.raises(AssertionError, match=kind):
        next(fixture)  # what the end of a test does


def test_axe_finds_what_is_serious(site, browser, axe):
    page = browser(site('<button></button>'))
    with pytest.raises(AssertionError, match="button-name"):
        axe(page)


def test_the_checker_finds_wrong_html(tmp_path, valid_html):
    good, wrong = tmp_path / "good.html", tmp_path / "wrong.html"
    good.write_text(PAGE % "<p>A text.</p>")
    wrong.write_text(PAGE % "<p><div>A text.</div></p>")
    valid_html(good)
    with pytest.raises(AssertionError, match="wrong.html:1: "):
        valid_html(good, wrong)
