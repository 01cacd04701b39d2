internal import CZlib
internal import Transport

extension WireRequest {
    /// botocore's default of `request_min_compression_size_bytes`.
    private static let smallestCompressed = 10_240

    /// Compresses a large body with gzip where the operation takes that (`PutMetricData`).
    public mutating func compress(for operation: OperationModel) throws(AWSError) {
        guard operation.acceptsGzip, body.count >= Self.smallestCompressed else { return }
        body = try gzip(body)
        headers.add("Content-Encoding", "gzip")
    }
}

/// The bytes as one gzip member (RFC 1952).
private func gzip(_ bytes: [UInt8]) throws(AWSError) -> [UInt8] {
    var stream = z_stream()
    // 16 beside the window's 15 bits asks for gzip's header and trailer.
    let started = deflateInit2_(
        &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)
    )
    guard started == Z_OK else { throw AWSError(.invalidParameter, "zlib cannot compress the body: code \(started)") }
    defer { deflateEnd(&stream) }
    var status = Z_OK
    var input = bytes
    let compressed = input.withUnsafeMutableBufferPointer { input in
        [UInt8](unsafeUninitializedCapacity: Int(deflateBound(&stream, UInt(input.count)))) { output, count in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(clamping: output.count)
            status = deflate(&stream, Z_FINISH)
            count = Int(stream.total_out)
        }
    }
    guard status == Z_STREAM_END else {
        throw AWSError(.invalidParameter, "zlib cannot compress the body: code \(status)")
    }
    return compressed
}
