import Testing

@testable import MetricWriter

@Suite struct RecentIDsTests {
    @Test func forgetsTheOldest() {
        let recent = RecentIDs(capacity: 3)
        for id in ["a", "b", "c", "a"] { recent.insert(id) }
        #expect(["a", "b", "c", "d"].map(recent.contains) == [true, true, true, false])
        recent.insert("d")
        #expect(["a", "b", "c", "d"].map(recent.contains) == [false, true, true, true])
        for id in ["e", "f", "g"] { recent.insert(id) }
        #expect(["d", "e", "f", "g"].map(recent.contains) == [false, true, true, true])
    }
}
