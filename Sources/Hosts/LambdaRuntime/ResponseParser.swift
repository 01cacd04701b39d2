/// Takes one HTTP/1.1 response apart while its bytes arrive, in pieces of any size.
struct ResponseParser {
    /// More than Lambda sends; a larger body is a broken or hostile peer.
    static let maximumBody = 64 << 20

    private enum State {
        case head
        case sized(remaining: Int)
        case untilEnd
        case chunkSize(Int, digits: Int, inExtension: Bool)
        case chunk(remaining: Int)
        case chunkEnd
        case trailer(isEmptyLine: Bool)
        case complete
    }

    private(set) var head: ResponseHead?
    private(set) var body: [UInt8] = []
    private var state = State.head

    /// The head and the body, once the response is whole.
    var response: (head: ResponseHead, body: [UInt8])? {
        guard case .complete = state, let head else { return nil }
        return (head, body)
    }

    /// Takes bytes and returns how many it has used.
    ///
    /// It leaves an unfinished head until the rest of it is there too, and whatever follows the response.
    mutating func consume(_ input: UnsafeRawBufferPointer) throws(LambdaRuntimeError) -> Int {
        var used = 0
        while used < input.count {
            let rest = UnsafeRawBufferPointer(rebasing: input[used...])
            switch state {
            case .complete:
                return used
            case .head:
                let length = try consumeHead(rest)
                guard length > 0 else { return used }
                used += length
            case .sized(let remaining):
                let count = try append(rest.prefix(remaining))
                state = remaining == count ? .complete : .sized(remaining: remaining - count)
                used += count
            case .untilEnd:
                used += try append(rest[...])
            case .chunk(let remaining):
                let count = try append(rest.prefix(remaining))
                state = remaining == count ? .chunkEnd : .chunk(remaining: remaining - count)
                used += count
            case .chunkSize, .chunkEnd, .trailer:
                try consumeFraming(rest[0])
                used += 1
            }
        }
        return used
    }

    /// Notes that the server has closed the connection, which ends a body of unstated length.
    mutating func end() {
        if case .untilEnd = state { state = .complete }
    }

    private mutating func consumeHead(_ input: UnsafeRawBufferPointer) throws(LambdaRuntimeError) -> Int {
        guard let length = Self.headLength(input) else { return 0 }
        let head = try ResponseHead(Array(input.prefix(length - 2)))
        guard head.status >= 200 else { return length }  // 1xx: the real one follows
        self.head = head
        if head.status == 204 || head.status == 304 {
            state = .complete
        } else if head.isChunked {
            state = .chunkSize(0, digits: 0, inExtension: false)
        } else if let length = head.contentLength {
            guard length <= Self.maximumBody else { throw Self.tooLarge }
            body.reserveCapacity(length)
            state = length == 0 ? .complete : .sized(remaining: length)
        } else {
            state = .untilEnd
        }
        return length
    }

    /// The bytes up to and with the first empty line; nil when there is none yet.
    private static func headLength(_ input: UnsafeRawBufferPointer) -> Int? {
        var start = 0
        while let end = input[start...].firstIndex(of: UInt8(ascii: "\r")) {
            if input[end...].starts(with: "\r\n\r\n".utf8) { return end + 4 }
            start = end + 1
        }
        return nil
    }

    private mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) throws(LambdaRuntimeError) -> Int {
        guard body.count + bytes.count <= Self.maximumBody else { throw Self.tooLarge }
        body.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes))
        return bytes.count
    }

    private mutating func consumeFraming(_ byte: UInt8) throws(LambdaRuntimeError) {
        let isFeed = byte == UInt8(ascii: "\n"), isReturn = byte == UInt8(ascii: "\r")
        switch state {
        case .chunkSize(let size, let digits, let inExtension):
            if isFeed, digits > 0 {
                state = size == 0 ? .trailer(isEmptyLine: true) : .chunk(remaining: size)
            } else if inExtension || digits > 0 && (isReturn || byte == UInt8(ascii: ";") || byte == UInt8(ascii: " "))
            {
                state = .chunkSize(size, digits: digits, inExtension: true)
            } else if let digit = Character(UnicodeScalar(byte)).hexDigitValue, digits < 8 {
                state = .chunkSize(size * 16 + digit, digits: digits + 1, inExtension: false)
            } else {
                throw LambdaRuntimeError(.invalidMessage, "the Runtime API sent a chunk without a size")
            }
        case .chunkEnd:
            if isFeed { state = .chunkSize(0, digits: 0, inExtension: false) }
            guard isFeed || isReturn else {
                throw LambdaRuntimeError(.invalidMessage, "the Runtime API sent a chunk longer than its size")
            }
        case .trailer(let isEmptyLine):
            state =
                isFeed
                ? (isEmptyLine ? .complete : .trailer(isEmptyLine: true))
                : .trailer(isEmptyLine: isEmptyLine && isReturn)
        default:
            break
        }
    }

    private static let tooLarge = LambdaRuntimeError(
        .invalidMessage, "the Runtime API sent a body of more than \(maximumBody) bytes"
    )
}

/// Status line and header fields of an HTTP/1.1 response, found in one pass and turned into strings only when asked for.
struct ResponseHead {
    let status: Int
    /// Whether the server closes the connection behind this response.
    let closes: Bool
    let isChunked: Bool
    let contentLength: Int?

    private struct Field {
        let name: Range<Int>
        let value: Range<Int>
    }

    private let bytes: [UInt8]
    private let fields: [Field]

    /// Parses everything before the empty line, each line with its line feed.
    init(_ bytes: [UInt8]) throws(LambdaRuntimeError) {
        var lines = Self.lines(of: bytes)
        guard let statusLine = lines.next(), let (minor, status) = Self.status(bytes[statusLine]) else {
            throw LambdaRuntimeError(.invalidMessage, "the Runtime API sent something that is not HTTP/1.1")
        }
        var fields: [Field] = []
        fields.reserveCapacity(16)
        while let line = lines.next() {
            guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound else {
                throw LambdaRuntimeError(.invalidMessage, "the Runtime API sent a header line without a name")
            }
            fields.append(Field(name: line.lowerBound..<colon, value: Self.trim(bytes, colon + 1..<line.upperBound)))
        }
        self.bytes = bytes
        self.fields = fields
        self.status = status
        func token(_ name: StaticString) -> ArraySlice<UInt8> { Self.value(name, bytes, fields) ?? [] }
        closes = minor == 0 || Self.matches(token("connection"), "close")
        isChunked = Self.matches(token("transfer-encoding"), "chunked")
        let length = token("content-length")
        contentLength = length.isEmpty ? nil : Self.number(length)
        guard length.isEmpty || contentLength != nil else {
            throw LambdaRuntimeError(.invalidMessage, "the Runtime API sent a Content-Length that is not a number")
        }
    }

    /// The value of a header, whose name is given in lower case; nil when absent or empty.
    subscript(name: StaticString) -> String? {
        guard let value = Self.value(name, bytes, fields), !value.isEmpty else { return nil }
        return String(decoding: value, as: UTF8.self)
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
    static func number(_ digits: ArraySlice<UInt8>) -> Int? {
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
}
