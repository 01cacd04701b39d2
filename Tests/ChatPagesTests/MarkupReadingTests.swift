import Basics
import Testing

@testable import ChatPages

/// What the three services make of their markup: each row is a text and what it is drawn as.
@Suite struct MarkupReadingTests {
    @Test(arguments: [
        ("a *b* c", "a [b:b] c"), ("2*3*4", "2*3*4"), ("* a *", "* a *"), ("*a*b", "*a*b"), ("_i_ ~s~", "[i:i] [s:s]"),
        ("snake_case_name", "snake_case_name"), ("`*a*`", "[code:*a*]"), ("*_x_*", "[b:[i:x]]"),
        ("*a\nb*", "*a/b*"), ("&lt;b&gt; &amp;amp;", "<b> &amp;"), ("<!channel>", "[@channel]"),
        ("<!here|x>", "[@here]"), ("<!nobody>", "<!nobody>"), ("<@U1>", "[@U1]"), ("<@U1|ann>", "[@ann]"),
        ("<#C1|ops>", "[#ops]"), ("<!subteam^S1>", "[@S1]"), ("&lt;!channel&gt;", "<!channel>"),
        ("<https://a.example/?x=1&amp;y|go>", "[go→https://a.example/?x=1&y]"),
        ("<javascript:alert(1)|x>", "<javascript:alert(1)|x>"),
        ("see https://a.example/b.", "see [https://a.example/b→https://a.example/b]."),
        ("<!date^1795232520^{date}|x>", "[time 2026-11-21T03:42:00Z]"), ("<!date^x|y>", "<!date^x|y>"),
        ("<open", "<open"), ("", ""),
    ])
    func slack(text: String, drawn: String) {
        #expect(SlackText.formatted(text).sketch == drawn)
    }

    @Test func slackPlainTextFormatsNothing() {
        #expect(SlackText.plain("*a* <!channel> &lt;").sketch == "*a* <!channel> <")
    }

    @Test func slackBlocks() {
        let blocks = SlackText.blocks("a\n&gt; *q*\n```x &lt; y\nz```\nb")
        #expect(blocks.map(\.sketch) == ["a", "> [b:q]", "``` x < y|z", "b"])
    }

    @Test(arguments: [
        ("a **b** c", "a [b:b] c"), ("*i* _i_", "[i:i] [i:i]"), ("\\*a\\*", "*a*"),
        ("__u__ ~~s~~ ||h||", "[u:u] [s:s] [h:h]"),
        ("snake_case_name", "snake_case_name"), ("`a*b*`", "[code:a*b*]"), ("a\nb", "a/b"),
        ("@everyone \\@here", "[@everyone] @here"), ("<@12> <@&3> <#4>", "[@12] [@role 3] [#4]"), ("<@ann>", "<@ann>"),
        ("[x](https://a.example/)", "[x→https://a.example/]"),
        ("[x](<https://a.example/(1)>)", "[x→https://a.example/(1)]"),
        ("\\[x](https://a.example/)", "[x]([https://a.example/→https://a.example/])"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[](https://a.example)", "[]([https://a.example→https://a.example])"),
        ("<t:1795232520:R>", "[time 2026-11-21T03:42:00Z]"), ("2 * 3 * 4", "2 * 3 * 4"), ("**", "**"),
        ("C:\\dir", "C:\\dir"),
        ("<https://a.example>", "[https://a.example→https://a.example]"),
    ])
    func discord(text: String, drawn: String) {
        #expect(MarkdownText(dialect: .discord).inlines(text).sketch == drawn)
    }

    @Test func discordBlocks() {
        let text = "# H\na\nb\n- x\n- y\n> q\n-# small\n```\ncode\n```\nend"
        let blocks = MarkdownText(dialect: .discord).blocks(text)
        #expect(blocks.map(\.sketch) == ["1# H", "a/b", "- x,y", "> q", "(small)", "``` code", "end"])
    }

    @Test(arguments: [
        ("a **b** *c*", "a [b:b] [i:c]"), ("a\nb", "a b"), ("~~s~~ ||h||", "~~s~~ ||h||"),
        ("[x](https://a.example/)", "[x→https://a.example/]"), ("\\[x\\] \\<at>", "[x] <at>"),
        ("<at>Ann</at>", "[@Ann]"),
        ("<at>Bob</at>", "<at>Bob</at>"), ("@everyone", "@everyone"), ("`c`", "`c`"),
    ])
    func teams(text: String, drawn: String) {
        #expect(MarkdownText(dialect: .card, mentions: ["<at>Ann</at>"]).inlines(text).sketch == drawn)
    }

    @Test func teamsParagraphsNeedAnEmptyLine() {
        let blocks = MarkdownText(dialect: .card).blocks("a\nb\n\nc\n- x\n# no heading")
        #expect(blocks.map(\.sketch) == ["a b", "c", "- x", "# no heading"])
    }

    /// Whoever writes the text must not be able to end the program.
    @Test(arguments: ["*_~", "**__", "[(<", "<@", "\\", "`", "*_a "])
    func deepAndOpenMarkupEnds(unit: String) {
        let text = String(repeating: unit, count: 2_000)
        #expect(SlackText.formatted(text).visibleText.count > 500)
        #expect(MarkdownText(dialect: .discord).inlines(text).visibleText.count > 500)
        #expect(MarkdownText(dialect: .card).inlines(text).visibleText.count > 500)
    }

    @Test(arguments: [Int64.max, Int64.min, 0])
    func anyNumberIsATime(seconds: Int64) {
        #expect(SlackText.formatted("<!date^\(seconds)^x|y>").sketch.hasPrefix("[time "))
    }
}

extension [ChatMessage.Inline] {
    /// Short for tests: `[b:bold]`, `[label→address]`, `/` for a line break.
    var sketch: String {
        map { inline in
            switch inline {
            case .text(let text): text
            case .bold(let inner): "[b:\(inner.sketch)]"
            case .italic(let inner): "[i:\(inner.sketch)]"
            case .underlined(let inner): "[u:\(inner.sketch)]"
            case .struck(let inner): "[s:\(inner.sketch)]"
            case .hidden(let inner): "[h:\(inner.sketch)]"
            case .code(let text): "[code:\(text)]"
            case .link(let label, let address): "[\(label.sketch)→\(address)]"
            case .mention(let name): "[\(name)]"
            case .time(let time): "[time \(time.iso8601(fractionDigits: 0))]"
            case .lineBreak: "/"
            }
        }.joined()
    }
}

extension ChatMessage.Block {
    /// Short for tests.
    var sketch: String {
        switch self {
        case .heading(let inlines, let level): "\(level)# \(inlines.sketch)"
        case .text(let inlines): inlines.sketch
        case .remark(let inlines): "(\(inlines.sketch))"
        case .quote(let inlines): "> \(inlines.sketch)"
        case .code(let text): "``` " + text.split(separator: "\n").joined(separator: "|")
        case .list(let items): "- " + items.map(\.sketch).joined(separator: ",")
        case .band(let tone, let blocks): "\(tone){" + blocks.map(\.sketch).joined(separator: ";") + "}"
        case .fields(let fields): fields.map { "\($0.name.sketch)=\($0.value.sketch)" }.joined(separator: ";")
        case .buttons(let buttons): buttons.map { "(\($0.label)→\($0.address ?? ""))" }.joined()
        case .image(let alt, let address): "![\(alt)](\(address))"
        case .line: "---"
        case .unknown(let name): "?\(name)"
        }
    }
}
