import Basics
import CZlib
import JSON
import Transport

/// A request in the protocol of its service, without host, signature and user agent.
struct WireRequest: Sendable {
    var method: String
    /// Percent-encoded, with a leading slash.
    ///
    /// For S3 it includes the bucket: `/bucket/key`.
    var path: String
    var query: [QueryItem] = []
    /// The headers that the protocol sets: content type, target, members of the input.
    var headers: HTTPHeaders = [:]
    /// Empty when there is none.
    var body: [UInt8] = []
    /// Stands before the endpoint's host, as in `data-`; nil for most operations.
    var hostPrefix: String?

    /// Path and query as they stand in the URL.
    var target: String {
        query.isEmpty ? path : path + "?" + query.map(\.encoded).joined(separator: "&")
    }
}

extension OperationModel {
    /// Writes the request for an input, in the service's protocol.
    ///
    /// - Parameters:
    ///   - input: boto3's shape of the operation's parameters. Timestamps are ISO 8601 strings, HTTP dates or seconds
    ///     since 1970, blobs base64 strings.
    ///   - payload: the bytes of the member `streamingInput`, which `input` then leaves out.
    ///   - idempotencyToken: makes a fresh UUID for a token that the input leaves out.
    /// - Throws: `invalidParameter` with one line for each fault in the input.
    func request(
        _ input: JSONValue, payload: [UInt8]? = nil, idempotencyToken: () -> String
    ) throws(AWSError) -> WireRequest {
        guard var members = input.objectValue else {
            throw AWSError(.invalidParameter, "The input of \(name) must be an object, not \(input.kindName)")
        }
        guard payload == nil || streamingInput != nil else {
            throw AWSError(.invalidParameter, "\(name) takes no raw body: all of its parameters belong into the input")
        }
        for customization in customizations { try customization.input?(&members, self) }
        if let shape = self.input {
            for member in graph[shape].members where member.flags.contains(.idempotencyToken) {
                if members[member.name] == nil { members[member.name] = .string(idempotencyToken()) }
            }
            var whole = members
            if payload != nil, let body = streamingInput, whole[body] == nil { whole[body] = "" }
            try InputValidator.validate(.object(whole), shape, in: graph)
            try checkPath(members, shape)
        }
        var request = wireRequest(members, payload)
        for field in request.headers where (field.name + field.value).utf8.contains(where: { $0 < 0x20 && $0 != 0x09 })
        {
            throw AWSError(.invalidParameter, "Header \(field.name) cannot hold a line end or control character")
        }
        request.hostPrefix = try hostPrefix(members)
        if service.isQueryCompatible { request.headers.add("x-amzn-query-mode", "true") }
        return request
    }

    /// Refuses names that a server may take for steps in the path: deleting the stage `..` must not delete its API.
    ///
    /// Keys of S3 (`{Key+}`) can be such names.
    private func checkPath(_ members: JSONObject, _ shape: ShapeReference) throws(AWSError) {
        for member in graph[shape].members where member.location == .uri {
            guard let text = members[member.name]?.stringValue, text == "." || text == ".." else { continue }
            let label = "\(member.wireName)}".utf8
            let parts = uri.utf8.split(separator: UInt8(ascii: "{"))
            guard parts.contains(where: { $0.starts(with: label) }) else { continue }
            throw AWSError(
                .invalidParameter, "\(member.name) cannot be \"\(text)\", which is a step in the request's path")
        }
    }

    private func wireRequest(_ input: JSONObject, _ payload: [UInt8]?) -> WireRequest {
        switch service.wireProtocol {
        case .restJSON, .restXML: return RestSerializer.request(input, payload, of: self)
        case .query, .ec2:
            return WireRequest(
                method: method, path: "/",
                headers: ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"],
                body: QuerySerializer.body(.object(input), of: self)
            )
        case .json:
            let body = self.input.map { JSONSerializer(graph: graph).json(.object(input), $0) }
            return WireRequest(
                method: method, path: "/",
                headers: [
                    "X-Amz-Target": "\(service.targetPrefix).\(name)",
                    "Content-Type": "application/x-amz-json-\(service.jsonVersion)",
                ],
                body: (body ?? [:]).serialized()
            )
        }
    }

    /// The host prefix, with members of the input in the place of its `{labels}`.
    private func hostPrefix(_ members: JSONObject) throws(AWSError) -> String? {
        guard let hostPrefix else { return nil }
        var prefix = ""
        for part in hostPrefix.split(separator: "{", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "}", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else {
                prefix += part
                continue
            }
            let label = members[String(halves[0])]?.stringValue ?? ""
            guard !label.isEmpty, isPlain(label, and: "-.") else {
                throw AWSError(
                    .invalidParameter,
                    "\(halves[0]) goes into the host name: only letters, digits, '-' and '.' may be in it"
                )
            }
            prefix += label + halves[1]
        }
        return prefix
    }
}

extension WireRequest {
    /// Adds the checksum of the body that the operation requires or that its input asks for; changes nothing otherwise.
    ///
    /// The algorithm is CRC32 unless the input names one of CRC32, CRC32C, SHA1, SHA256 and SHA512. A
    /// checksum that the caller has set stays.
    /// - Parameter onlyWhenRequired: leaves it out where the operation only supports one.
    /// - Throws: `invalidParameter` for another algorithm.
    mutating func addChecksum(
        for operation: OperationModel, _ input: JSONValue, onlyWhenRequired: Bool = false
    ) throws(AWSError) {
        let member = operation.checksumMember
        let named = member.flatMap { input[$0]?.stringValue }
        guard operation.requiresChecksum || named != nil || member != nil && !onlyWhenRequired, !hasChecksum else {
            return
        }
        let algorithm = named ?? "CRC32"
        guard let checksum = Self.checksum(of: body, algorithm) else {
            throw AWSError(
                .invalidParameter, "Checksum algorithm \(algorithm) is not one of CRC32, CRC32C, SHA1, SHA256, SHA512"
            )
        }
        headers.set("x-amz-checksum-" + algorithm.lowercased(), Base64.encode(checksum))
        guard named == nil, let member, let shape = operation.input else { return }
        if let name = operation.graph[shape].member(member)?.locationName { headers.set(name, algorithm) }
    }

    private var hasChecksum: Bool {
        headers.contains { field in
            let name = field.name.lowercased()
            return name == "content-md5"
                || name.hasPrefix("x-amz-checksum-") && !["algorithm", "mode", "type"].contains(name.dropFirst(15))
        }
    }

    /// The bytes of a checksum; nil for an algorithm that is not known.
    static func checksum(of body: [UInt8], _ algorithm: String) -> [UInt8]? {
        switch algorithm {
        case "CRC32": bigEndian(UInt32(crc32_z(0, body, body.count)))
        case "CRC32C": bigEndian(crc32C(body))
        case "SHA1": Digest.sha1(body)
        case "SHA256": Digest.sha256(body)
        case "SHA512": Digest.sha512(body)
        default: nil
        }
    }

    /// The reflected 32-bit cyclic redundancy check with Castagnoli's polynomial, which zlib does not have.
    private static func crc32C(_ bytes: [UInt8]) -> UInt32 {
        let polynomial: UInt32 = 0x82F6_3B78
        let table = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
        }
        return ~bytes.reduce(UInt32.max) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }

    private static func bigEndian(_ sum: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
    }
}

extension WireRequest {
    /// Compresses a body of that many bytes or more with gzip, where the operation accepts that (`PutMetricData`).
    mutating func compress(for operation: OperationModel, from minimum: Int = 10_240) throws(AWSError) {
        guard operation.acceptsGzip, body.count >= minimum else { return }
        body = try gzip(body)
        headers.add("Content-Encoding", "gzip")
    }
}

/// Compresses the bytes to one gzip member (RFC 1952).
package func gzip(_ bytes: [UInt8]) throws(AWSError) -> [UInt8] {
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
