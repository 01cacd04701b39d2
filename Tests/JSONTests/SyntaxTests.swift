import JSON
import Testing

@Suite("Syntax")
struct SyntaxTests {
    @Test(
        arguments: SyntaxCases.acceptedArrays + SyntaxCases.acceptedNumbers + SyntaxCases.acceptedObjects
            + SyntaxCases.acceptedStrings + SyntaxCases.acceptedStructure + SyntaxCases.decidedAccepted)
    func accepted(_ line: String) throws {
        let value = try JSONValue(parsing: SyntaxCases.bytes(line))
        #expect(try JSONValue(parsing: value.serialized()) == value)
        #expect(try JSONValue(parsing: value.serialized([.pretty, .sortedKeys, .htmlSafe])) == value)
    }

    @Test(
        arguments: SyntaxCases.rejectedArrays + SyntaxCases.rejectedNumbers + SyntaxCases.rejectedObjects
            + SyntaxCases.rejectedStrings + SyntaxCases.rejectedStructure + SyntaxCases.rejectedWords
            + SyntaxCases.decidedRejected)
    func rejected(_ line: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: SyntaxCases.bytes(line)) }
        #expect(error.line != nil)
        #expect(error.column != nil)
    }

    @Test func nothing() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: "") }
    }

    @Test(arguments: [
        (#"{"a" 1}"#, JSONError.Code.unexpectedCharacter, 1, 6, #"expected ":", found "1""#),
        ("[1,\n  2 3]", .unexpectedCharacter, 2, 5, #"expected "," or "]", found "3""#),
        ("[\"é\u{1F600}\", x]", .unexpectedCharacter, 1, 8, #"expected a value, found "x""#),
        ("[1", .unexpectedEnd, 1, 3, #"expected "," or "]", found the end of the text"#),
        (#"["ab"#, .unexpectedEnd, 1, 5, "expected the closing quote of a string, found the end of the text"),
        ("[tru]", .unexpectedCharacter, 1, 5, #"expected "true", found "]""#),
        ("{,", .unexpectedCharacter, 1, 2, #"expected a key in double quotes, found ",""#),
        ("1 2", .trailingContent, 1, 3, #"only white space may follow the value, found "2""#),
        ("\r\n\n 01", .invalidNumber, 3, 3, "a number must not start with 0"),
        ("[1.]", .invalidNumber, 1, 4, #"expected a digit, found "]""#),
        ("[1e+", .unexpectedEnd, 1, 5, "expected a digit, found the end of the text"),
        ("[-1e400]", .numberOutOfRange, 1, 2, "-1e400 is beyond any double"),
        (#"["\x"]"#, .invalidEscape, 1, 4, #"expected an escape after the backslash, found "x""#),
        (#"["\u12g4"]"#, .invalidEscape, 1, 7, #"expected a hexadecimal digit, found "g""#),
        (#"["\ud800\u0041"]"#, .loneSurrogate, 1, 3, #"\ud800 is half of a surrogate pair"#),
        ("[\"\t\"]", .controlCharacter, 1, 3, "control characters in strings must be escaped, found byte 0x9"),
    ])
    func errors(_ text: String, code: JSONError.Code, line: Int, column: Int, message: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error.code == code)
        #expect(error.line == line)
        #expect(error.column == column)
        #expect(error.message == message)
        #expect(error.description == "\(message) (line \(line), column \(column))")
    }

    /// Cut and invalid characters at every place inside and outside of the blocks of eight bytes.
    @Test(arguments: 0..<20)
    func invalidUTF8(padding: Int) {
        let malformed: [[UInt8]] = [
            [0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0xBF], [0xE1, 0x80],
            [0xED, 0xA0, 0x80], [0xEF, 0xBF, 0x41], [0xF0, 0x8F, 0xBF, 0xBF], [0xF1, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
        ]
        let start = [UInt8(ascii: "\"")] + [UInt8](repeating: UInt8(ascii: "a"), count: padding)
        for bytes in malformed {
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: start + bytes + [0x22]) }
            #expect(error?.code == .invalidUTF8)
            #expect(error?.column == padding + 2)
            #expect(throws: JSONError.self) { try JSONValue(parsing: start + bytes) }
        }
    }

    /// Scalars from all of Unicode are read and written, raw and escaped.
    @Test func scalars() throws {
        let numbers = Array(0...0x2FFF) + stride(from: 0x3000, through: 0x10FFFF, by: 31) + [0xFFFF, 0x10000, 0x10FFFF]
        let text = String(String.UnicodeScalarView(numbers.compactMap { Unicode.Scalar(UInt32($0)) }))
        let bytes = JSONValue.string(text).serialized()
        #expect(try JSONValue(parsing: bytes).stringValue?.utf8.elementsEqual(text.utf8) == true)
        let escaped = text.utf16.map { "\\u" + String(0x10000 + Int($0), radix: 16).dropFirst() }.joined()
        #expect(try JSONValue(parsing: "\"\(escaped)\"").stringValue?.utf8.elementsEqual(text.utf8) == true)
    }
}
