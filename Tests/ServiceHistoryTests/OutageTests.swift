import Basics
import ServiceHistory
import Testing

@Suite struct OutageTests {
    @Test(
        "outages of results every minute, at the end of the last one",
        arguments: [
            ("", ""), ("S", ""), ("F", "0- (1)"), ("SSSS", ""), ("FFFSSFS", "0-3 (3), 5-6 (1)"),
            ("SFSSFFF", "1-2 (1), 4- (3)"), ("SFFF", "1- (3)"), ("SPS", "1-2 (1)"), ("SPFPS", "1-4 (3)"),
            // A period without an attempt says nothing.
            ("SF0S", "1-3 (1)"), ("SF0F", "1- (2)"), ("S0S", ""), ("0F", "1- (1)"),
        ])
    func outages(text: String, outages: String) {
        let range = minutes(0..<Double(max(1, text.count)))
        #expect(ServiceHistory(text).outages(in: range).short == outages)
    }

    @Test(
        "five minutes without results are no gap, more are one",
        arguments: [
            ("SFFF....FS", "1-9 (4)"), ("SFFF.....FS", "1-4 (3), 9-10 (1)"), ("SFFF....SS", "1-8 (3)"),
            ("SFFF.....SS", "1-4 (3)"), ("SSSS......FS", "10-11 (1)"),
        ])
    func gaps(text: String, outages: String) {
        #expect(ServiceHistory(text).outages(in: minutes(0..<20)).short == outages)
    }

    @Test(
        "the last outage lasts as long as the last result is no longer ago than a gap",
        arguments: [(4, "1- (3)"), (8, "1- (3)"), (8.5, "1-4 (3)"), (100, "1-4 (3)")] as [(Double, String)])
    func end(now: Double, outages: String) {
        #expect(ServiceHistory("SFFF").outages(in: minutes(0..<now)).short == outages)
        #expect(ServiceHistory("SFFF").outages(in: minutes(0..<1_000), now: minute(now)).short == outages)
    }

    @Test(
        "the rule for gaps can be set",
        arguments: [
            (HistoryGaps(multiple: 3, minimum: .seconds(60)), "1-4 (3), 8-9 (1)"),
            (HistoryGaps(multiple: 4, minimum: .seconds(60)), "1-4 (3), 8-9 (1)"),
            (HistoryGaps(multiple: 5, minimum: .seconds(60)), "1-9 (4)"),
            (HistoryGaps(multiple: .infinity, minimum: .zero), "1-9 (4)"),
            (HistoryGaps(multiple: .nan, minimum: .seconds(240)), "1-4 (3), 8-9 (1)"),
        ])
    func rule(gaps: HistoryGaps, outages: String) {
        #expect(ServiceHistory("SFFF....FSS").outages(in: minutes(0..<11), gaps: gaps).short == outages)
    }

    @Test(
        "what a gap is goes by the usual distance of the results",
        arguments: [
            // Every hour, in metrics of a minute: up to three hours are no gap.
            ("SSFFFS", 60, "120-300 (3)"), ("SSFF..FS", 60, "120-420 (3)"),
            ("SSFF...FS", 60, "120-181 (2), 420-480 (1)"),
            // Single results have no length.
            ("SSFF...FS", 0, "120-180 (2), 420-480 (1)"),
            ("SSFF...FS", 3_600, "120-240 (2), 420-480 (1)"),
        ])
    func hourly(text: String, length: Int, outages: String) {
        let history = ServiceHistory(text, step: 3_600, length: length)
        #expect(history.outages(in: minutes(0..<600)).short == outages)
    }

    @Test("metrics of an hour, of five minutes and of one follow each other without gaps")
    func mixedResolutions() {
        let history = ServiceHistory("SSSFF", step: 3_600, length: 3_600)
            .followed(by: ServiceHistory("FFFFSSF", step: 300, length: 300, from: minute(300)))
            .followed(by: ServiceHistory("FFSSSF", from: minute(335)))
        #expect(history.outages(in: minutes(0..<341)).short == "180-320 (6), 330-337 (3), 340- (1)")
        let single = ServiceHistory("F", step: 3_600, length: 3_600)
            .followed(by: ServiceHistory("FFS", from: minute(60)))
        #expect(single.outages(in: minutes(0..<63)).short == "0-62 (3)")
    }

    @Test("a service whose interval became shorter has no gaps where it was longer")
    func changedInterval() {
        let history = ServiceHistory("SSFFFFS", step: 3_600, length: 0)
            .followed(by: ServiceHistory("SSSSSSFF", step: 10, length: 0, from: minute(420)))
        #expect(history.outages(in: minutes(0..<421.5)).short == "120-360 (4), 421- (2)")
    }

    @Test(
        "outages are whole, and those count of which a part lies in the range",
        arguments: [
            (0..<1, ""), (0..<1.5, "1-3 (2)"), (2..<2.5, "1-3 (2)"), (3..<10, "6-8 (2)"), (8..<10, ""),
            (2.5..<6, "1-3 (2)"), (2.5..<6.5, "1-3 (2), 6-8 (2)"),
        ] as [(Range<Double>, String)])
    func ranges(range: Range<Double>, outages: String) {
        #expect(ServiceHistory("SFFSSSFFSS").outages(in: minutes(range)).short == outages)
    }

    @Test(
        "maintenance ends an outage, and a failure after it is another one",
        arguments: [
            ("SFFFFFS", 2..<4, "1-2 (1), 4-6 (2)"), ("SFFFFFS", 2.5..<4.5, "1-2.5 (2), 5-6 (1)"),
            ("SFFFFFS", 1..<6, ""), ("SFFFFFS", 0..<1, "1-6 (5)"), ("SFFFFFS", 2.25..<2.75, "1-2.25 (2), 3-6 (3)"),
            ("SFFF", 4..<60, "1-4 (3)"), ("SFFF", 2..<60, "1-2 (1)"),
            // Nobody knows what was between the last result and the maintenance.
            ("SFFF......SS", 20..<30, "1-4 (3)"), ("SFF.........", 9..<60, "1-3 (2)"),
            ("SFF.........", 6..<60, "1-6 (2)"),
            // A good result in maintenance says nothing, either.
            ("SFFSFFS", 3..<4, "1-3 (2), 4-6 (2)"), ("SFFFFFS", 3..<3, "1-6 (5)"),
        ] as [(String, Range<Double>, String)])
    func maintenance(text: String, window: Range<Double>, outages: String) {
        let history = ServiceHistory(text, maintenance: [minutes(window)])
        #expect(history.outages(in: minutes(0..<60)).short == outages)
    }

    @Test("times of maintenance may overlap and come in any order")
    func overlappingMaintenance() {
        let history = ServiceHistory(
            "SFFFFFFFFS", maintenance: [minutes(6..<7), minutes(2..<4), minutes(3..<5), minutes(2..<3)])
        #expect(history.outages(in: minutes(0..<10)).short == "1-2 (1), 5-6 (1), 7-9 (2)")
        #expect(history.availability(in: minutes(0..<10)).maintenance == .seconds(4 * 60))
    }

    @Test("an outage has the first cause that was seen in it; after maintenance and gaps, the one before")
    func causes() {
        let history = ServiceHistory(
            "SFFSFFFFSSF.......FF",
            causes: [
                .init(time: minute(0.5), text: "too early"), .init(time: minute(1.5), text: "first"),
                .init(time: minute(2.5), text: "second"), .init(time: minute(4), text: "third"),
                .init(time: minute(10), text: "fourth"),
            ], maintenance: [minutes(5..<6)])
        let outages = history.outages(in: minutes(0..<20))
        #expect(outages.short == "1-3 (2), 4-5 (1), 6-8 (2), 10-11 (1), 18- (2)")
        #expect(outages.map(\.cause) == ["first", "third", "third", "fourth", "fourth"])
        #expect(history.outages(in: minutes(19..<20)).map(\.cause) == ["fourth"])
        #expect(ServiceHistory("SFS").outages(in: minutes(0..<3)).map(\.cause) == [nil])
    }

    @Test("the duration of one that lasts goes to now")
    func duration() {
        #expect(Outage(start: minute(1), end: minute(3), failures: 1).duration(now: minute(9)) == .seconds(120))
        #expect(Outage(start: minute(1), end: nil, failures: 1).duration(now: minute(9)) == .seconds(480))
        #expect(Outage(start: minute(1), end: nil, failures: 1).duration(now: minute(0)) == .zero)
    }

    @Test("spans are the good times as well, with gaps and maintenance between them")
    func spans() {
        let history = ServiceHistory("SSFS......SSSS", maintenance: [minutes(11..<12)])
        let spans = history.spans(in: minutes(0..<14))
        #expect(spans.map(\.isGood) == [true, false, true, true, true])
        #expect(spans.map { ($0.start - origin) / .seconds(60) } == [0, 2, 3, 10, 12])
        #expect(spans.map { $0.end.map { ($0 - origin) / .seconds(60) } } == [2, 3, 4, 11, nil])
        #expect(history.spans(in: minutes(12..<13)).map(\.start) == [minute(12)])
        #expect(history.spans(in: minutes(0..<2)).map(\.end) == [minute(2)])
        #expect(history.spans(in: minutes(0..<60)).last?.end == minute(14))
        #expect(ServiceHistory("").spans(in: minutes(0..<60)).isEmpty)
    }
}
