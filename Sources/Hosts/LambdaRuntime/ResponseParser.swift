import Basics
import Transport

/// Parses one HTTP/1.1 response while its bytes arrive, in pieces of any size.
struct ResponseParser {
    /// In bytes; Lambda sends events of at most 6 MiB.
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

    private var head: HTTPResponseHead?
    private var body: [UInt8] = []
    private var state = State.head

    /// The head and the body, once the response is complete.
    var response: (head: HTTPResponseHead, body: [UInt8])? {
        guard case .complete = state, let head else { return nil }
        return (head, body)
    }

    /// Reads bytes and returns how many it has used.
    ///
    /// It leaves an unfinished head until the rest of it is there too, and all bytes after the response.
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

    /// Tells the parser that the server has closed the connection, which ends a body without a stated length.
    mutating func end() {
        if case .untilEnd = state { state = .complete }
    }

    private mutating func consumeHead(_ input: UnsafeRawBufferPointer) throws(LambdaRuntimeError) -> Int {
        guard let length = HTTPResponseHead.length(in: input) else { return 0 }
        let head: HTTPResponseHead
        do {
            head = try HTTPResponseHead(Array(input.prefix(length - 2)))
        } catch {
            throw LambdaRuntimeError(.invalidMessage, "Lambda Runtime API: \(error.message)", underlying: error)
        }
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
            } else if let digit = hexValue(byte), digits < 8 {
                state = .chunkSize(size * 16 + Int(digit), digits: digits + 1, inExtension: false)
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
