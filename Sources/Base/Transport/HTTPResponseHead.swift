/// Status line and header fields of an HTTP/1.x response, for parts that read a connection themselves.
///
/// All is found in one pass over the bytes; a field becomes a string only when it is asked for.
public struct HTTPResponseHead: Sendable {
    /// The status code, three digits.
    public let status: Int
    /// Whether the server closes the connection after this response.
    public let closesConnection: Bool
    /// Whether the body comes in chunks (`Transfer-Encoding: chunked`).
    public let isChunked: Bool
    /// The length of the body in bytes, where the server tells it.
    public let contentLength: Int?

    private struct Field: Sendable {
        let name: Range<Int>
        let value: Range<Int>
    }

    private let bytes: [UInt8]
    private let fields: [Field]

    /// Parses everything before the empty line, each line with its line feed.
    /// - Throws: `TransportError` with `.malformedResponse`.
    public init(_ bytes: [UInt8]) throws(TransportError) {
        var lines = Self.lines(of: bytes)
        guard let statusLine = lines.next(), let (minor, status) = Self.status(bytes[statusLine]) else {
            throw Self.malformed("the response is not HTTP/1.1")
        }
        var fields: [Field] = []
        fields.reserveCapacity(16)
        while let line = lines.next() {
            guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound else {
                throw Self.malformed("the response has a header line without a name")
            }
            fields.append(Field(name: line.lowerBound..<colon, value: Self.trim(bytes, colon + 1..<line.upperBound)))
        }
        self.bytes = bytes
        self.fields = fields
        self.status = status
        func token(_ name: StaticString) -> ArraySlice<UInt8> { Self.value(name, bytes, fields) ?? [] }
        closesConnection = minor == 0 || Self.matches(token("connection"), "close")
        isChunked = Self.matches(token("transfer-encoding"), "chunked")
        let length = token("content-length")
        contentLength = length.isEmpty ? nil : Self.number(length)
        guard length.isEmpty || contentLength != nil else {
            throw Self.malformed("the Content-Length of the response is not a number")
        }
    }

    /// The number of bytes up to and with the first empty line; nil when there is none yet.
    public static func length(in input: UnsafeRawBufferPointer) -> Int? {
        var start = 0
        while let end = input[start...].firstIndex(of: UInt8(ascii: "\r")) {
            if input[end...].starts(with: "\r\n\r\n".utf8) { return end + 4 }
            start = end + 1
        }
        return nil
    }

    /// The value of a header, whose name is given in lower case; nil when absent or empty.
    public subscript(name: StaticString) -> String? {
        guard let value = Self.value(name, bytes, fields), !value.isEmpty else { return nil }
        return String(decoding: value, as: UTF8.self)
    }

    /// All header fields, in the order they came.
    public var headers: HTTPHeaders {
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        return HTTPHeaders(fields.map { (text($0.name), text($0.value)) })
    }

    private static func value(_ name: StaticString, _ bytes: [UInt8], _ fields: [Field]) -> ArraySlice<UInt8>? {
        for field in fields where matches(bytes[field.name], name) { return bytes[field.value] }
        return nil
    }

    /// Compares without regard to case; `name` is in lower case and holds letters and `-` only.
    private static func matches(_ bytes: ArraySlice<UInt8>, _ name: StaticString) -> Bool {
        guard bytes.count == name.utf8CodeUnitCount else { return false }
        let name = UnsafeBufferPointer(start: name.utf8Start, count: bytes.count)
        return zip(bytes, name).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }

    private static func status(_ line: ArraySlice<UInt8>) -> (minor: Int, status: Int)? {
        let line = line.prefix(12)  // HTTP/1.1 200
        guard line.count == 12, line.starts(with: "HTTP/1.".utf8), line[line.startIndex + 8] == UInt8(ascii: " "),
            let minor = number(line.dropFirst(7).prefix(1)), let status = number(line.suffix(3))
        else { return nil }
        return (minor, status)
    }

    /// A run of digits; nil for anything else, and beyond 18 digits.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 18 else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit & 0x0F)
        }
        return number
    }

    private static func trim(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    /// The lines without their ends.
    private static func lines(of bytes: [UInt8]) -> some IteratorProtocol<Range<Int>> {
        sequence(state: 0) { start -> Range<Int>? in
            guard start < bytes.count else { return nil }
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            defer { start = end + 1 }
            return end > start && bytes[end - 1] == UInt8(ascii: "\r") ? start..<end - 1 : start..<end
        }
    }

    private static func malformed(_ message: String) -> TransportError {
        TransportError(.malformedResponse, message, phase: .firstByte)
    }
}
