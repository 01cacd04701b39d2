import Testing
import TextTables

@testable import LocalCloud

@Suite struct ScrolledListTests {
    /// Six lines of four rows.
    private static func list(_ keys: TerminalKey..., height: Int = 6) -> ScrolledList {
        var list = ScrolledList()
        list.head = ["summary", "heading"]
        list.rows = [["a", " a1", " a2"], ["b"], ["c"], ["d"]]
        list.hasKeys = true
        for key in keys { list.scroll(key, height: height) }
        return list
    }

    private static let keys = ": j/k, arrows or space to scroll, q to quit"

    @Test func everythingWhereThereIsRoom() {
        #expect(Self.list().lines(height: 8) == ["summary", "heading", "a", " a1", " a2", "b", "c", "d"])
        #expect(Self.list(.bottom, .down, height: 8).lines(height: 8).count == 8)
    }

    @Test("hidden rows are counted, and the head stays")
    func hiddenRows() {
        #expect(
            Self.list().lines(height: 6) == ["summary", "heading", "a", " a1", " a2", "… 3 more rows" + Self.keys])
        #expect(Self.list().lines(height: 7).last == "… 2 more rows" + Self.keys)
        var list = Self.list()
        list.hasKeys = false
        #expect(list.lines(height: 6).last == "… 3 more rows")
        list.rows = [["a", " a1", " a2", " a3", " a4"]]
        #expect(list.lines(height: 6).last == "… more lines")
    }

    @Test(
        arguments: [
            ([.down], ["summary", "heading", " a1", " a2", "b", "… 3 more rows, 1 of them above"]),
            ([.down, .down, .up], ["summary", "heading", " a1", " a2", "b", "… 3 more rows, 1 of them above"]),
            ([.pageDown], ["summary", "heading", "b", "c", "d", "… 1 more row above"]),
            ([.pageDown, .pageDown, .down], ["summary", "heading", "b", "c", "d", "… 1 more row above"]),
            ([.bottom, .pageUp, .up], ["summary", "heading", "a", " a1", " a2", "… 3 more rows"]),
            ([.bottom, .top, .quit], ["summary", "heading", "a", " a1", " a2", "… 3 more rows"]),
        ] as [([TerminalKey], [String])])
    func scrolling(keys: [TerminalKey], expected: [String]) {
        var list = Self.list()
        list.hasKeys = false
        for key in keys { list.scroll(key, height: 6) }
        #expect(list.lines(height: 6) == expected)
    }

    /// Fewer rows than before leave no gap, and the summary is there on the smallest terminal.
    @Test func smallerThanBefore() {
        var list = Self.list(.bottom)
        list.rows = [["a"], ["b"]]
        #expect(list.lines(height: 6) == ["summary", "heading", "a", "b"])
        #expect(Self.list().lines(height: 1) == ["summary", "a", "… 3 more rows" + Self.keys])
    }

    @Test("the last line keeps to the width, and so the summary stays on the screen")
    func narrow() {
        #expect(Self.list().lines(height: 6, width: 57).last == "… 3 more rows" + Self.keys)
        #expect(Self.list().lines(height: 6, width: 54).last == "… 3 more rows: j/k, q")
        #expect(Self.list().lines(height: 6, width: 13).last == "… 3 more rows")
        #expect(Self.list().lines(height: 6, width: 8).last?.displayWidth == 8)
    }

    @Test func keysInBytes() {
        let text = "jk\u{1B}[A\u{1B}OB \u{1B}[5~\u{1B}[6~gG\u{1B}[1;5CxX\u{1B}q"
        #expect(
            TerminalKey.keys(in: text.utf8)
                == [.down, .up, .up, .down, .pageDown, .pageUp, .pageDown, .top, .bottom, .quit])
        #expect(TerminalKey.keys(in: [0x1B, 0xFF, 0x5B, 0x1B, 0x5B]).isEmpty)
    }
}
