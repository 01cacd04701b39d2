extension JSONScanner {
    /// An error at the current position.
    func failure(_ code: JSONError.Code, _ message: String) -> JSONError {
        let (line, column) = text.lineAndColumn(at: position)
        return JSONError(code: code, message: message, line: line, column: column)
    }

    /// An error that says what should be at the current position.
    func unexpected(_ expected: String) -> JSONError {
        failure(
            position < text.count ? .unexpectedCharacter : .unexpectedEnd, "expected \(expected), found \(found)")
    }

    /// What is at the current position, for messages.
    var found: String {
        guard position < text.count else { return "the end of the text" }
        let byte = text[position]
        guard (0x20..<0x7F).contains(byte) else { return "byte 0x" + String(byte, radix: 16, uppercase: true) }
        return "\"\(Unicode.Scalar(byte))\""
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Line and column of a place, both from 1; columns are Unicode scalars.
    func lineAndColumn(at offset: Int) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in self[..<Swift.min(offset, count)] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }
}
