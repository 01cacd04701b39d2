/// Texts on both sides of every rule of RFC 8259.
///
/// They cover every case of nst/JSONTestSuite's `test_parsing`.
///
/// One text a line, `%XX` for a byte that cannot be written plainly. Texts too long or too short for a line are in
/// `SyntaxTests`.
enum SyntaxCases {
    /// The texts of a list.
    static func list(_ lines: String) -> [String] { lines.split(separator: "\n").map(String.init) }

    /// The bytes of a line.
    static func bytes(_ line: String) -> [UInt8] {
        var rest = line.utf8[...]
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let escaped = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
                bytes.append(escaped)
                rest.removeFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

/// Texts for which RFC 8259 leaves the decision to the parser.
extension SyntaxCases {
    /// Numbers too small become 0, integers too big the nearest double, a byte order mark is skipped.
    static let decidedAccepted = list(
        #"""
        [123.456e-789]
        [123e-10000000]
        [-123123123123123123123123123123]
        [100000000000000000000]
        [-237462374673276894279832749832423479823246327846]
        %EF%BB%BF{}
        """#)

    /// Numbers beyond any double, lone surrogates, and bytes that are not UTF-8.
    static let decidedRejected = list(
        #"""
        [0.4e00669999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999969999999006]
        [-1e+9999]
        [1.5e+9999]
        [-123123e100000]
        [123123e100000]
        {"\uDFAA":0}
        ["\uDADA"]
        ["\uD888\u1234"]
        %FF%FE[%00"%00%E9%00"%00]%00
        ["%E6%97%A5%D1%88%FA"]
        ["%ED%A0%80"]
        ["\uD800\n"]
        ["\uDd1ea"]
        ["\uD800\uD800\n"]
        ["\ud800"]
        ["\ud800abc"]
        ["%FF"]
        ["\uDd1e\uD834"]
        ["%E9"]
        ["\uDFAA"]
        ["%81"]
        ["%F4%BF%BF%BF"]
        ["%C0%AF"]
        ["%FC%83%BF%BF%BF%BF"]
        ["%FC%80%80%80%80%80"]
        ["%E0%FF"]
        %00[%00"%00%E9%00"%00]
        [%00"%00%E9%00"%00]%00
        """#)
}
