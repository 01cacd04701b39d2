import Markup
import Testing

@Suite struct PlainTextTests {
    @Test(arguments: [
        ("a\nb\tc\rd", 7, "a b c d"), ("  a  ", 9, "a"), ("a\u{202E}b\u{200B}", 9, "ab"), ("1234", 4, "1234"),
        ("12345", 4, "1234…"), ("", 1, ""),
    ])
    func oneLine(_ text: String, _ limit: Int, _ line: String) {
        #expect(text.onOneLine(limit: limit) == line)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1,000"), (-1_000, "-1,000"), (1_234_567, "1,234,567"),
        (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func commas(_ number: Int, _ text: String) { #expect(number.withCommas == text) }
}
