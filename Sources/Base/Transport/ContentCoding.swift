import CZlib

/// How a body is compressed (RFC 9110, section 8.4.1), for whoever wants to undo it without libcurl, which looks at the
/// response's header.
public enum ContentCoding: String, Sendable, CaseIterable {
    /// As in gzip's files.
    case gzip
    /// The bare stream (RFC 1951), which is what Go's package `flate` reads.
    case deflate
    /// Not at all.
    case identity

    /// The uncompressed bytes.
    /// - Throws: `TransportError` with `.malformedResponse` for bytes that are not compressed in this way or stop
    ///   short, and `.tooLarge` for more than `limit`.
    public func decoded(_ bytes: [UInt8], limit: Int) throws(TransportError) -> [UInt8] {
        guard self != .identity else { return bytes }
        var stream = z_stream()
        // 15 is the largest window; 16 more means gzip, a negative number the bare stream.
        let window: Int32 = self == .gzip ? 15 + 16 : -15
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, window, ZLIB_VERSION, size) == Z_OK else { throw .system("decompress", 0) }
        defer { inflateEnd(&stream) }
        var result: [UInt8] = []
        var output = [UInt8](repeating: 0, count: 65_536)
        var input = bytes
        let status = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(clamping: input.count)
                while true {
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    let status = inflate(&stream, Z_NO_FLUSH)
                    result += output.prefix(output.count - Int(stream.avail_out))
                    guard result.count <= limit else { return Z_BUF_ERROR }
                    // A file of gzip may have several parts.
                    let hasMore = status == Z_STREAM_END && self == .gzip && stream.avail_in > 0
                    if hasMore, inflateReset(&stream) == Z_OK { continue }
                    guard status == Z_OK else { return status }
                }
            }
        }
        guard result.count <= limit else {
            throw TransportError(.tooLarge, "uncompressed it has more than \(limit) bytes", phase: .body)
        }
        guard status == Z_STREAM_END else {
            throw TransportError(
                .malformedResponse, "it is not compressed by \(rawValue), or stops short", phase: .body)
        }
        return result
    }
}
