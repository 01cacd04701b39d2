public import JSON
internal import Transport

extension OperationModel {
    /// The request for an input, in the service's protocol.
    ///
    /// - Parameters:
    ///   - input: boto3's shape of the operation's parameters. Timestamps are ISO 8601 strings, HTTP dates or seconds
    ///     since 1970, blobs base64 strings.
    ///   - payload: the bytes of the member `streamingInput`, which `input` then leaves out.
    ///   - idempotencyToken: makes a fresh UUID for a token that the input leaves out.
    /// - Throws: `invalidParameter` with one line for each fault in the input.
    public func request(
        _ input: JSONValue, payload: [UInt8]? = nil, idempotencyToken: () -> String
    ) throws(AWSError) -> WireRequest {
        guard var members = input.objectValue else {
            throw AWSError(.invalidParameter, "The input of \(name) must be an object, not \(input.kindName)")
        }
        if isS3 { try S3Customizations.prepare(&members, of: self) }
        if let shape = self.input {
            for member in graph[shape].members where member.flags.contains(.idempotencyToken) {
                if members[member.name] == nil { members[member.name] = .string(idempotencyToken()) }
            }
            var whole = members
            if let body = streamingInput, whole[body] == nil { whole[body] = "" }  // passed beside the input
            try InputValidator.validate(.object(whole), shape, in: graph)
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

    /// Whether S3's customizations apply.
    var isS3: Bool { service.serviceID == "S3" }

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

    /// The host prefix with its labels filled in by members of the input.
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
