import Markup
import Testing

@Suite struct HTMLTests {
    private static func written(_ body: (inout HTML) -> Void) -> String {
        var html = HTML()
        body(&html)
        return String(decoding: html.bytes, as: UTF8.self)
    }

    @Test("text and attributes from outside stay text")
    func escaping() {
        #expect(
            Self.written { $0.element("p", ["title": #"a"b<&>'"#], #"<b>&"x"</b>"#) }
                == #"<p title="a&quot;b&lt;&amp;&gt;'">&lt;b&gt;&amp;"x"&lt;/b&gt;</p>"#)
    }

    @Test("empty elements of SVG are closed, those of HTML have no end")
    func emptyElements() {
        #expect(Self.written { $0.empty("br") } == "<br>")
        #expect(Self.written { $0.empty("path", ["d": "M0 0"], isSVG: true) } == #"<path d="M0 0"/>"#)
        #expect(Self.written { $0.unclosed("td", "a<b") } == "<td>a&lt;b")
    }

    @Test("a pictogram has the classes of its tone, and nothing for readers of the screen")
    func pictogram() {
        let small = Self.written { $0.pictogram(.cross, tone: "bad") }
        #expect(small.hasPrefix(#"<svg class="icon bad" viewBox="0 0 24 24" aria-hidden="true""#))
        let large = Self.written { $0.pictogram(.cross, tone: "bad", large: true) }
        #expect(large.hasPrefix(#"<svg class="icon bad large""#))
    }
}
