import Basics
import Testing
import TextTables

@testable import LocalCloud

struct TerminalTests {
    private let table = Table(
        [
            .init("SERVICE"), .init("LAST"), .init("SUCCESS", rightAligned: true, dropOrder: 1),
            .init("SEEN", dropOrder: 2),
        ],
        rows: [
            ["shop-frontend", .init("ok", .good), "100.0 %", "now"],
            ["料金", .init("FAILED", .bad), "0.0 %", "long ago"],
            ["a\u{1B}[2Jb", "-", "-", ""],
        ]
    )

    @Test("a message from a file or a server commands no terminal, and keeps its lines")
    func messagesOfSeveralLines() {
        let text = "2 faults:\nline 1: a\u{1B}]0;b\u{7}\n\nline 2: \u{202E}c\r\u{9B}"
        let replaced = "2 faults:\nline 1: a\u{FFFD}]0;b\u{FFFD}\n\nline 2: \u{FFFD}c\u{FFFD}\u{FFFD}"
        #expect(text.printableLines == replaced)
    }

    @Test func columnsLineUp() {
        #expect(
            table.lines() == [
                "SERVICE        LAST    SUCCESS  SEEN",
                "shop-frontend  ok      100.0 %  now",
                "料金           FAILED    0.0 %  long ago",
                "a\u{FFFD}[2Jb         -             -",
            ]
        )
    }

    @Test(arguments: [
        (40, "shop-frontend  ok      100.0 %  now"), (39, "shop-fronte…  ok      100.0 %  now"),
        (35, "shop-fr…  ok      100.0 %  now"), (34, "shop-frontend  ok      100.0 %"),
        (25, "shop-fr…  ok      100.0 %"), (24, "shop-frontend  ok"), (16, "shop-fr…  ok"), (12, "sho…  ok"),
    ])
    func narrowTerminalsGetFewerColumns(width: Int, row: String) {
        let lines = table.lines(width: width)
        #expect(lines[1] == row)
        #expect(lines.allSatisfy { $0.displayWidth <= width })
    }

    @Test func coloursDoNotChangeWidths() {
        let lines = table.lines(width: 24, colour: true)
        #expect(lines[0] == "\u{1B}[1mSERVICE\u{1B}[0m        \u{1B}[1mLAST\u{1B}[0m")
        #expect(lines[2] == "料金           \u{1B}[1;31mFAILED\u{1B}[0m")
        let bare = table.lines(colour: true).map { $0.replacing(/\e\[[0-9;]*m/, with: "") }
        #expect(bare.map { $0.trimmingSuffix { $0 == " " } } == table.lines())
    }

    @Test func aRedrawReplacesTheOldLines() {
        var screen = LiveScreen()
        let size = TerminalTraits.Size(columns: 80, lines: 24)
        #expect(screen.redraw(["a", "b"], size: size) == "\r\u{1B}[Ka\n\u{1B}[Kb\n\u{1B}[J")
        #expect(screen.redraw(["c"], size: size) == "\u{1B}[2A\r\u{1B}[Kc\n\u{1B}[J")
        let low = TerminalTraits.Size(columns: 80, lines: 3)
        #expect(screen.redraw(["d", "e", "f"], size: low) == "\u{1B}[1A\r\u{1B}[Kd\n\u{1B}[Ke\n\u{1B}[J")
        let narrow = TerminalTraits.Size(columns: 30, lines: 24)
        #expect(screen.redraw(["g"], size: narrow) == "\u{1B}[H\u{1B}[J\u{1B}[Kg\n\u{1B}[J")
    }
}

extension String {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> String {
        String(reversed().drop(while: matches).reversed())
    }
}
