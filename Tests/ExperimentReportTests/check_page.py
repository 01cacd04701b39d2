"""Reads an HTML page from standard input and prints, as JSON, what is wrong with it and what it is made of."""

import base64
import collections
import hashlib
import html.parser
import json
import sys

VOID = {"meta", "br"}
ELEMENTS = set(
    "html head body meta title style a header nav main section footer h1 h2 h3 p ul li dl dt dd div span small strong "
    "code pre table thead tbody tr th td details summary figure figcaption br "
    "svg defs g path circle rect line text use".split()
)


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.ids, self.links, self.styles = [], [], [], [], []
        self.policy, self.count, self.text = "", collections.Counter(), []

    def handle_starttag(self, tag, attributes):
        self.count[tag] += 1
        if tag not in ELEMENTS:
            self.faults.append(f"element {tag}")
        for name, value in attributes:
            if name.startswith("on") or name in ("style", "src", "srcset", "action", "xlink:href"):
                self.faults.append(f"attribute {name} of {tag}")
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.links.append(value)
        attributes = dict(attributes)
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"end of {tag} does not match")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.styles.append(data)
        else:
            self.text.append(data)


page = Page()
page.feed(sys.stdin.read())
page.close()
page.faults += [f"{tag} is not closed" for tag in page.open]
page.faults += [f"id {name} twice" for name, count in collections.Counter(page.ids).items() if count > 1]
page.faults += [f"link {link}" for link in page.links if not link.startswith("#") or link[1:] not in page.ids]
digests = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in page.styles]
allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
expected = f"default-src 'none'; style-src {allowed}; base-uri 'none'; form-action 'none'"
if page.policy != expected:
    page.faults.append(f"policy {page.policy}")
json.dump({"faults": page.faults[:20], "count": page.count, "text": " ".join(page.text)}, sys.stdout)
