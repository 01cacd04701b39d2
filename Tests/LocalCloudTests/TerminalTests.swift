import Testing

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
    func narrowTerminalsGetLess(width: Int, row: String) {
        let lines = table.lines(width: width)
        #expect(lines[1] == row)
        #expect(lines.allSatisfy { $0.displayWidth <= width })
    }

    @Test func coloursDoNotMoveColumns() {
        let lines = table.lines(width: 24, colour: true)
        #expect(lines[0] == "\u{1B}[1mSERVICE\u{1B}[0m        \u{1B}[1mLAST\u{1B}[0m")
        #expect(lines[2] == "料金           \u{1B}[1;31mFAILED\u{1B}[0m")
        let bare = table.lines(colour: true).map { $0.replacing(/\e\[[0-9;]*m/, with: "") }
        #expect(bare.map { $0.trimmingSuffix { $0 == " " } } == table.lines())
    }

    @Test func aRedrawReplacesTheLastOne() {
        var screen = LiveScreen()
        let size = TerminalTraits.Size(columns: 80, lines: 24)
        #expect(screen.redraw(["a", "b"], size: size) == "\ra\u{1B}[K\nb\u{1B}[K\n\u{1B}[J")
        #expect(screen.redraw(["c"], size: size) == "\u{1B}[2A\rc\u{1B}[K\n\u{1B}[J")
        let low = TerminalTraits.Size(columns: 80, lines: 3)
        #expect(screen.redraw(["d", "e", "f"], size: low) == "\u{1B}[1A\rd\u{1B}[K\ne\u{1B}[K\n\u{1B}[J")
        let narrow = TerminalTraits.Size(columns: 30, lines: 24)
        #expect(screen.redraw(["g"], size: narrow) == "\u{1B}[H\u{1B}[Jg\u{1B}[K\n\u{1B}[J")
    }

    @Test(arguments: [
        ("30s", 30_000), ("30", 30_000), ("1.5", 1500), ("250ms", 250), ("1m30s", 90_000), ("2h", 7_200_000),
        ("1.5s", 1500), ("366d", 31_622_400_000), ("366d1s", nil), ("0", nil), ("0s", nil), ("-1s", nil), ("", nil),
        ("s", nil), ("1x", nil), ("1 s", nil), ("30s!", nil), ("١s", nil), ("nan", nil), (".", nil),
    ])
    func timesAreReadAsPeopleWriteThem(text: String, milliseconds: Int?) {
        #expect(Duration(text: text) == milliseconds.map { .milliseconds($0) })
    }

    @Test(arguments: [
        (0, "0 ms"), (999, "999 ms"), (1000, "1 s"), (1540, "1.5 s"), (59_999, "59.9 s"), (60_000, "1 m"),
        (90_000, "1 m 30 s"), (3_599_000, "59 m 59 s"), (3_600_000, "1 h"), (3_660_000, "1 h 1 m"),
    ])
    func timesAreShort(milliseconds: Int, text: String) {
        #expect(Duration.milliseconds(milliseconds).text == text)
    }
}

extension String {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> String {
        String(reversed().drop(while: matches).reversed())
    }
}
