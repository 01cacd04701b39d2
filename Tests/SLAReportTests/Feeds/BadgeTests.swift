import Basics
import JSON
import ServiceHistory
import TestSupport
import Testing

@testable import SLAReport

@Suite struct BadgeTests {
    @Test(
        "the colours of uptime, on both sides of Gatus's thresholds",
        arguments: [
            (1_000, 1_000, "100%", Badge.Colour.awesome), (999_999, 1_000_000, "99.99%", .awesome),
            (975, 1_000, "97.5%", .awesome), (974, 1_000, "97.4%", .great), (950, 1_000, "95%", .great),
            (949, 1_000, "94.9%", .good), (900, 1_000, "90%", .good), (899, 1_000, "89.9%", .passable),
            (800, 1_000, "80%", .passable), (799, 1_000, "79.9%", .bad), (650, 1_000, "65%", .bad),
            (649, 1_000, "64.9%", .veryBad), (0, 1_000, "0%", .veryBad), (1, 1_000_000, "0%", .veryBad),
            (0, 0, "?", .passable),
        ])
    func uptime(successes: Int, attempts: Int, value: String, colour: Badge.Colour) {
        let badge = Badge(uptime: (successes, attempts), range: "7d")
        #expect(badge.label == "uptime 7d")
        #expect(badge.value == value)
        #expect(badge.colour == colour)
    }

    @Test(
        "the colours of response times, on both sides of Gatus's thresholds",
        arguments: [
            (0.0, "0ms", Badge.Colour.awesome), (0.050, "50ms", .awesome), (0.051, "51ms", .great),
            (0.2, "200ms", .great), (0.201, "201ms", .good), (0.3, "300ms", .good), (0.301, "301ms", .passable),
            (0.5, "500ms", .passable), (0.501, "501ms", .bad), (0.75, "750ms", .bad), (0.7519, "751ms", .veryBad),
            (1e300, "1000000000000ms", .veryBad), (.nan, "?", .passable), (nil, "?", .passable), (-1, "?", .passable),
        ] as [(Double?, String, Badge.Colour)])
    func responseTime(seconds: Double?, value: String, colour: Badge.Colour) {
        let badge = Badge(responseTime: seconds, range: "24h")
        #expect(badge.label == "response time 24h")
        #expect(badge.value == value)
        #expect(badge.colour == colour)
    }

    @Test(
        "health",
        arguments: [
            (SLAReportInput.Service.sample(), "up", Badge.Colour.awesome), (.sample(last: "-"), "down", .veryBad),
            (.sample(last: "~"), "degraded", .bad), (.sample(until: -60), "?", .passable),
            (.sample(count: 0), "?", .passable),
            (.sample(last: "-", maintenance: [minutes(-1)..<minutes(1)]), "maintenance", .passable),
        ])
    func health(service: SLAReportInput.Service, value: String, colour: Badge.Colour) {
        let badge = Badge(health: ServiceCondition(service.history, incidents: [], at: noon))
        #expect(badge.value == value)
        #expect(badge.colour == colour)
    }

    @Test("widths follow from the characters", arguments: [("", 0), ("i", 4), ("m", 11), ("up", 14), ("100%", 32)])
    func width(text: String, pixels: Int) { #expect(Badge.width(of: text) == pixels) }

    @Test("the bytes of a badge, and of shields.io's file")
    func bytes() throws {
        let badge = Badge(uptime: (1, 1), range: "7d")
        #expect(
            String(decoding: badge.svg(of: "a<b"), as: UTF8.self) == """
                <svg xmlns="http://www.w3.org/2000/svg" width="109" height="20" role="img" \
                aria-label="a&lt;b: uptime 7d 100%"><title>a&lt;b: uptime 7d 100%</title>\
                <clipPath id="r"><rect width="109" height="20" rx="3"/></clipPath>\
                <g clip-path="url(#r)"><rect width="67" height="20" fill="#444"/>\
                <rect x="67" width="42" height="20" fill="#40cc11"/></g>\
                <g font-family="DejaVu Sans,Verdana,Geneva,sans-serif" font-size="11">\
                <text x="5" y="14" textLength="57" lengthAdjust="spacingAndGlyphs" fill="#fff">uptime 7d</text>\
                <text x="72" y="14" textLength="32" lengthAdjust="spacingAndGlyphs" fill="#000">100%</text></g></svg>
                """)
        #expect(
            badge.shields.description
                == ##"{"schemaVersion":1,"label":"uptime 7d","message":"100%","color":"#40cc11"}"##)
    }

    @Test("each service has all its files")
    func files() {
        let paths = SLAReportInput.sample().badgeFiles().map { $0.path }
        #expect(
            Set(paths)
                == Set(
                    ["24h", "7d", "30d", "90d"].flatMap { range in
                        ["uptime-\(range).svg", "uptime-\(range).json", "response-time-\(range).svg"]
                    }.map { "badges/shop_api/\($0)" } + ["badges/shop_api/health.svg", "badges/shop_api/health.json"]))
        #expect(paths.count == 14)
    }

    @Test("a range begins where it says: the failure before it is not in it")
    func ranges() throws {
        var service = SLAReportInput.Service.sample(count: 0)
        let day = -24 * 60
        service.history.points = [(day - 1, 0), (day, 1)].map { start, successes in
            HistoryPoint(start: minutes(start), length: .seconds(60), attempts: 1, successes: successes)
        }
        let input = SLAReportInput.sample([service])
        #expect(try #require(input.file("badges/shop_api/uptime-24h.json")).contains(#""100%""#))
        #expect(try #require(input.file("badges/shop_api/uptime-7d.json")).contains(#""50%""#))
    }

    @Test(
        "keys are Gatus's, and never lead out of their folder",
        arguments: [
            ("shop" as String?, "api", "shop_api"), (nil, "api", "_api"),
            ("Core Services", "Front.End", "core-services_front-end"),
            ("a_b", "c/d,e#f+g&h", "a-b_c-d-e-f-g-h"), (" x ", " y ", "x_y"), ("..", "../../etc", "--_------etc"),
            (nil, "a?b%2f\\c:d\"e", "_a-b-2f-c-d-e"), (nil, "Zürich", "_zürich"), (nil, "a\u{0}\u{202E}b", "_a--b"),
            (nil, "a\u{FFFE}\u{2003}\u{E000}b", "_a---b"),
            (nil, "", "_"),
        ])
    func keys(group: String?, name: String, key: String) {
        #expect(SLAReportInput.badgeKey(group: group, name: name) == key)
    }

    @Test("long names are cut, and stay different")
    func longNames() {
        let names = ["a", "b"].map { String(repeating: "🎉é", count: 90) + $0 }
        let keys = names.map { SLAReportInput.badgeKey(group: nil, name: $0) }
        #expect(keys[0] != keys[1])
        for key in keys { #expect(key.utf8.count <= 80) }
        let whole = String(repeating: "a", count: 80)
        #expect(SLAReportInput.badgeKey(group: nil, name: whole) == "_" + whole)
    }

    @Test("services whose keys are the same have different files, and no other service changes its own")
    func collisions() {
        var twins = [SLAReportInput.Service.sample("a b"), .sample("a.b"), .sample("c")]
        #expect(Set(SLAReportInput.sample(twins).badgeKeys).count == 3)
        #expect(SLAReportInput.sample(twins).badgeKeys[2] == "shop_c")
        let both = SLAReportInput.sample(twins).badgeKeys[0]
        // A service whose name looks like the key of another.
        twins.append(.sample(String(both.dropFirst(5))))
        #expect(Set(SLAReportInput.sample(twins).badgeKeys).count == 4)
        // Two spellings of one letter: different files, and never one key of a dictionary for both.
        let spellings = [SLAReportInput.Service.sample("\u{E9}"), .sample("e\u{301}")]
        let bytes = SLAReportInput.sample(spellings).badgeKeys.map { Array($0.utf8) }
        #expect(Set(bytes).count == 2)
        #expect(Set(SLAReportInput.sample(spellings).badgeKeys).count == 2)
    }

    @Test("any names: paths are unique, and in the folder of badges")
    func fuzzed() {
        var random = SeededRandom(17)
        let characters = Array("ab/._ ,#+&%?\\:\"'<>\u{0}\n\u{202E}é🎉-").map(String.init) + ["..", "/../"]
        for _ in 0..<40 {
            let services = (0..<8).map { number -> SLAReportInput.Service in
                let name = (0..<Int(random.next(below: 5))).map { _ in
                    characters[Int(random.next(below: UInt64(characters.count)))]
                }.joined()
                var service = SLAReportInput.Service.sample(
                    name, group: random.next(below: 2) == 0 ? nil : "g", count: 0)
                service.id = "s\(number)"
                return service
            }
            let paths = SLAReportInput.sample(services).badgeFiles().map(\.path)
            #expect(Set(paths).count == paths.count)
            for path in paths {
                let parts = path.split(separator: "/", omittingEmptySubsequences: false)
                #expect(parts.count == 3)
                #expect(parts[1] != "..")
                #expect(path.unicodeScalars.allSatisfy { !$0.isInvisible })
            }
        }
    }
}
