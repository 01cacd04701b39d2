import LocalHistory
import Testing

@Test func placeholder() { #expect(HistoryLimits().bytes > 0) }
