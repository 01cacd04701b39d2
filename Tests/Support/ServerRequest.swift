/// An HTTP request as a `ScriptedServer` received it.
public struct ServerRequest: Sendable {
    /// `GET` and so on.
    public let method: String
    /// The request target: path and query.
    public let target: String
    /// In the order and spelling they came, values without the white space around them.
    public let headers: [(name: String, value: String)]
    /// The body, chunks put together.
    public let body: [UInt8]
    /// Every byte from the request line to the end of the body, as it came.
    public let raw: [UInt8]
    /// The connection's number, from 1.
    public let connection: Int

    /// The body read as UTF-8.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The first value of a header, by a name in any case.
    public subscript(header: String) -> String? {
        headers.first { $0.name.lowercased() == header.lowercased() }?.value
    }
}

extension ServerRequest {
    /// Collects bytes until one whole request is there.
    struct Parser {
        private var bytes: [UInt8] = []
        private var head: (method: String, target: String, headers: [(name: String, value: String)], end: Int)?

        var isEmpty: Bool { bytes.isEmpty }

        /// - Returns: the request and the bytes that follow it, when it is complete.
        mutating func feed(_ more: [UInt8], connection: Int) throws -> (ServerRequest, [UInt8])? {
            let searchFrom = max(0, bytes.count - 3)
            bytes += more
            if head == nil, let end = index(of: Array("\r\n\r\n".utf8), from: searchFrom) {
                head = try parseHead(end: end + 4)
            }
            guard let head, let (body, end) = try body(of: head.headers, from: head.end) else { return nil }
            let request = ServerRequest(
                method: head.method, target: head.target, headers: head.headers, body: body,
                raw: Array(bytes[..<end]), connection: connection
            )
            return (request, Array(bytes[end...]))
        }

        private func parseHead(end: Int) throws -> (String, String, [(name: String, value: String)], Int) {
            let lines = String(decoding: bytes[..<(end - 4)], as: UTF8.self).split(separator: "\r\n")
            let first = lines.first?.split(separator: " ") ?? []
            guard first.count == 3, first[2].hasPrefix("HTTP/1.") else { throw ServerError("no HTTP/1 request line") }
            let headers = try lines.dropFirst().map { line -> (name: String, value: String) in
                guard let colon = line.firstIndex(of: ":") else { throw ServerError("no colon in header \(line)") }
                let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
                return (String(line[..<colon]), String(value))
            }
            return (String(first[0]), String(first[1]), headers, end)
        }

        private func body(of headers: [(name: String, value: String)], from start: Int) throws -> ([UInt8], Int)? {
            func value(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
            if value("transfer-encoding")?.lowercased() == "chunked" { return try chunkedBody(from: start) }
            guard let length = Int(value("content-length") ?? "0") else { throw ServerError("bad Content-Length") }
            let end = start + length
            return bytes.count >= end ? (Array(bytes[start..<end]), end) : nil
        }

        private func chunkedBody(from start: Int) throws -> ([UInt8], Int)? {
            var body: [UInt8] = []
            var position = start
            while let lineEnd = index(of: [13, 10], from: position) {
                let line = String(decoding: bytes[position..<lineEnd], as: UTF8.self)
                guard let size = Int(line.split(separator: ";").first ?? "", radix: 16) else {
                    throw ServerError("bad chunk size \(line)")
                }
                position = lineEnd + 2
                if size == 0 { return trailersEnd(from: position).map { (body, $0) } }
                guard bytes.count >= position + size + 2 else { return nil }
                body += bytes[position..<(position + size)]
                position += size + 2
            }
            return nil
        }

        private func trailersEnd(from start: Int) -> Int? {
            var position = start
            while let lineEnd = index(of: [13, 10], from: position) {
                if lineEnd == position { return lineEnd + 2 }
                position = lineEnd + 2
            }
            return nil
        }

        private func index(of needle: [UInt8], from start: Int) -> Int? {
            guard bytes.count >= needle.count, start <= bytes.count - needle.count else { return nil }
            return (start...(bytes.count - needle.count)).first { position in
                needle.indices.allSatisfy { bytes[position + $0] == needle[$0] }
            }
        }
    }
}
