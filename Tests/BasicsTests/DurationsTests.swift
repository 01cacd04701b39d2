import Basics
import Testing

@Suite struct DurationsTests {
    @Test(arguments: [
        ("30s", 30_000), ("250ms", 250), ("1m30s", 90_000), ("90s", 90_000), ("PT1M30S", 90_000), ("2h", 7_200_000),
        ("1.5s", 1_500), ("1h0m15s", 3_615_000), ("366d", 31_622_400_000), ("2w", 1_209_600_000),
        ("P1DT12H", 129_600_000),
        ("P2W", 1_209_600_000), ("PT0.5S", 500), ("-1.5s", -1_500), ("+2s", 2_000), ("0", 0), ("0s", 0),
        ("", nil), ("s", nil), ("1x", nil), ("1 s", nil), ("30s!", nil), ("\u{661}s", nil), ("nan", nil), (".", nil),
        ("30", nil), ("P", nil), ("PT", nil), ("P1DT", nil), ("P1M", nil), ("P1Y", nil), ("PT1H1D", nil),
        ("9223372037s", nil), ("1m30", nil), ("9223372036854775808ns9223372036854775808ns", nil),
    ])
    func reading(text: String, milliseconds: Int?) {
        #expect(Duration(text: text) == milliseconds.map { .milliseconds($0) })
    }

    /// Gatus's conditions use Go's grammar, in which `1d` and `PT1M` are plain texts.
    @Test(arguments: [
        ("1m30s", 90_000_000_000), ("1d", nil), ("1w", nil), ("PT1M", nil), ("9223372036854775807ns", Int64.max),
    ])
    func readingAsGo(text: String, nanoseconds: Int64?) {
        #expect(DurationText.nanoseconds(text.utf8, .go) == nanoseconds)
    }

    @Test(arguments: [("30", 30_000), ("1.5", 1_500), ("0", 0), ("1m", 60_000), ("1.2.3", nil), (".", nil), ("", nil)])
    func aBareNumberCountsTheGivenUnit(text: String, milliseconds: Int?) {
        #expect(Duration(text: text, bareUnit: .seconds(1)) == milliseconds.map { .milliseconds($0) })
    }

    @Test(arguments: [
        (0, "0 ms"), (999, "999 ms"), (1_000, "1 s"), (1_540, "1.54 s"), (59_999, "59.999 s"), (60_000, "1 m"),
        (90_000, "1 m 30 s"), (3_599_000, "59 m 59 s"), (3_600_000, "1 h"), (3_660_000, "1 h 1 m"),
        (172_799_000, "47 h 59 m"), (172_800_000, "2 d"), (180_000_000, "2 d 2 h"), (-1_500, "-1.5 s"),
    ])
    func writing(milliseconds: Int, text: String) {
        #expect(Duration.milliseconds(milliseconds).text == text)
    }
}
