import Basics
import ServiceHistory
import TestSupport
import Testing
import TimeZones

@testable import SLAReport

@Suite struct AtomFeedTests {
    @Test("the bytes of a feed with an incident")
    func bytes() throws {
        let input = SLAReportInput.sample(incidents: [.failure().with(.resolved, at: 30)])
        var later = input
        later.generatedAt = minutes(60)
        let feed = try #require(later.file("history.atom"))
        #expect(
            feed == """
                <?xml version="1.0" encoding="utf-8"?>
                <feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:\(nameUUID("feed", "https://status.example.com"))</id>\
                <title>Example: incidents</title><updated>2026-11-29T12:30:00Z</updated>\
                <author><name>Example</name></author><generator version="\(TocsinVersion.current)">Tocsin</generator>\
                <link rel="self" type="application/atom+xml" href="https://status.example.com/history.atom"/>\
                <link rel="alternate" type="text/html" href="https://status.example.com/"/>\
                <entry><id>urn:uuid:\(nameUUID("incident", "20261129-aaaaa"))</id><title>Checkout is slow</title>\
                <published>2026-11-29T12:00:00Z</published><updated>2026-11-29T12:30:00Z</updated>\
                <link rel="alternate" type="text/html" href="https://status.example.com/incidents/20261129-aaaaa.html"/>\
                <category term="major"/><content type="html">&lt;p&gt;Services: shop/api&lt;/p&gt;\
                &lt;p&gt;&lt;small&gt;2026-11-29 12:30 UTC&lt;/small&gt;&lt;br&gt;\
                &lt;strong&gt;Resolved&lt;/strong&gt; – resolved&lt;/p&gt;\
                &lt;p&gt;&lt;small&gt;2026-11-29 12:00 UTC&lt;/small&gt;&lt;br&gt;\
                &lt;strong&gt;Investigating&lt;/strong&gt; – We look into it.&lt;/p&gt;</content></entry></feed>

                """)
    }

    @Test("without an address of the report there are no links, and an identifier all the same")
    func noAddress() throws {
        var input = SLAReportInput.sample(incidents: [.failure()])
        input.baseURL = nil
        let feed = try #require(input.file("history.atom"))
        #expect(!feed.contains("<link"))
        #expect(feed.contains("<id>urn:uuid:\(nameUUID("feed", "Example"))</id>"))
        // The same incident wherever the page is.
        #expect(feed.contains("urn:uuid:\(nameUUID("incident", "20261129-aaaaa"))"))
    }

    @Test("times are those of the report's zone, also across a change of the clock")
    func zone() throws {
        var input = SLAReportInput.sample(incidents: [.failure()])
        input.zone = try #require(TimeZoneRules(named: "Europe/Berlin"))
        input.zoneName = "Europe/Berlin"
        #expect(try #require(input.file("history.atom")).contains("2026-11-29 13:00 Europe/Berlin"))
    }

    @Test(
        "text from outside is never markup, nor what XML cannot hold",
        arguments: [
            ("<script>", "&amp;lt;script&amp;gt;"), ("]]>", "]]&amp;gt;"), ("a&b", "a&amp;amp;b"), ("🎉", "🎉"),
            ("\u{0}\u{1B}", "\u{FFFD}\u{FFFD}"), ("\u{FFFE}", "\u{FFFD}"), ("a\nb", "a&lt;br&gt;b"),
            ("a\r\nb", "a&lt;br&gt;b"),
        ])
    func hostile(text: String, expected: String) throws {
        var incident = Incident.failure()
        incident.add(.init(id: "x", time: noon, status: .investigating, text: "«\(text)»"))
        let feed = try #require(SLAReportInput.sample(incidents: [incident]).file("history.atom"))
        #expect(feed.contains("«\(expected)»"), "\(feed)")
    }

    @Test("names for feeds are UUIDs of version 8, always the same")
    func uuid() {
        let uuid = nameUUID("incident", "a")
        #expect(uuid == nameUUID("incident", "a"))
        #expect(uuid != nameUUID("feed", "a"))
        let parts = uuid.split(separator: "-")
        #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
        #expect(parts[2].first == "8")
        #expect("89ab".contains(parts[3].first ?? "x"))
    }
}
