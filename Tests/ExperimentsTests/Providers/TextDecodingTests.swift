import Testing

@testable import Experiments

struct TextDecodingTests {
    @Test(
        "a byte order mark tells the charset of an output; without one it is UTF-8 or Latin 1",
        arguments: [
            ([0x61, 0xC3, 0xBC], "aü"), ([0xEF, 0xBB, 0xBF, 0x61], "a"), ([0xEF, 0xBB, 0x61], "ï»a"),
            ([0x61, 0xFC], "aü"),
            ([0xFF, 0xFE, 0x61, 0x00, 0xFC, 0x00], "aü"), ([0xFE, 0xFF, 0x00, 0x61], "a"), ([0xFF, 0xFE], ""),
            ([0xFF, 0xFE, 0x61], ""), ([0xFF], "ÿ"), ([], ""),
        ] as [([UInt8], String)])
    func guessed(bytes: [UInt8], text: String) { #expect(TextDecoding.guessed(bytes) == text) }

    @Test(
        "a named charset is used, and an unknown one is UTF-8",
        arguments: [
            ("utf-8", [0xC3, 0xBC], "ü"), ("iso-8859-1", [0xC3, 0xBC], "Ã¼"),
            ("windows-1252", [0x80, 0x99, 0xE9], "€™é"),
            ("windows-1252", [0x81], "\u{FFFD}"), ("klingon", [0xC3, 0xBC], "ü"), ("utf-8", [0x63, 0xE9], "c\u{FFFD}"),
        ] as [(String, [UInt8], String)])
    func named(charset: String, bytes: [UInt8], text: String) {
        #expect(TextDecoding.text(bytes, charset: charset) == text)
    }
}
