import Basics
internal import JSON
internal import Transport

/// Where S3 departs from its model, as botocore mends it.
enum S3Customizations {
    /// Brings an input to the form that the model describes.
    static func prepare(_ input: inout JSONObject, of operation: OperationModel) throws(AWSError) {
        try checkNames(input)
        for prefix in ["SSECustomer", "CopySourceSSECustomer"] {
            guard let key = input[prefix + "Key"]?.stringValue, input[prefix + "KeyMD5"] == nil else { continue }
            input[prefix + "Key"] = .string(Base64.encode(Array(key.utf8)))
            input[prefix + "KeyMD5"] = .string(Base64.encode(Digest.md5(Array(key.utf8))))
        }
        if isListing(operation), input["EncodingType"] == nil { input["EncodingType"] = "url" }
        if let source = input["CopySource"] { input["CopySource"] = try copySource(source) }
    }

    /// The document of a success; a successful status with an error document, or with one that is cut short, becomes
    /// the failure that it is.
    static func document(of response: inout WireResponse, _ operation: OperationModel) -> XMLElement? {
        guard response.status == 200, !response.body.isEmpty, let output = operation.output else { return nil }
        let shape = operation.graph[output]
        let payload = shape.payload.flatMap(shape.member).map { operation.graph[$0].kind }
        guard payload != .blob, payload != .string else { return nil }
        guard let root = try? XMLReader.read(response.body), root.name != "Error" else {
            response.status = 500
            return nil
        }
        return root
    }

    /// Adds what the model does not tell.
    static func complete(
        _ output: inout JSONObject, _ response: WireResponse, of operation: OperationModel, input: JSONValue
    ) throws(AWSError) {
        if operation.name == "GetBucketLocation" {
            let region = try XMLReader.read(response.body).text
            output["LocationConstraint"] = region.isEmpty ? .null : .string(region)
        }
        guard isListing(operation), input["EncodingType"] == nil, output["EncodingType"] == "url" else { return }
        decodeKeys(in: &output)
    }

    /// `Expires` is free text in practice: it is given as it came, and as a timestamp only when it is one.
    static func separateExpires(
        _ response: WireResponse, of operation: OperationModel
    ) -> (response: WireResponse, text: String?) {
        guard let text = response.headers["Expires"], let output = operation.output,
            operation.graph[output].member("Expires")?.locationName == "Expires"
        else { return (response, nil) }
        var response = response
        if Timestamp(wire: .string(text)) == nil { response.headers.remove("Expires") }
        return (response, text)
    }

    private static func isListing(_ operation: OperationModel) -> Bool {
        operation.name == "ListObjectsV2" || operation.name == "ListObjectVersions"
    }

    private static func checkNames(_ input: JSONObject) throws(AWSError) {
        if let bucket = input["Bucket"]?.stringValue, !bucket.hasPrefix("arn:") {
            guard (1...255).contains(bucket.utf8.count), isPlain(bucket, and: "._-") else {
                throw AWSError(
                    .invalidParameter,
                    "Invalid bucket name \"\(bucket)\": 1 to 255 letters, digits, '.', '_' and '-', or an ARN"
                )
            }
        }
        for (key, value) in input["Metadata"]?.objectValue ?? [:] {
            guard (key + (value.stringValue ?? "")).utf8.allSatisfy({ $0 < 0x80 }) else {
                throw AWSError(.invalidParameter, "S3 metadata may only contain ASCII characters: \"\(key)\"")
            }
        }
    }

    /// `bucket/key?versionId=…` or an object of `Bucket`, `Key` and `VersionId`, as the header wants it.
    private static func copySource(_ source: JSONValue) throws(AWSError) -> JSONValue {
        if let text = source.stringValue {
            let version = text.indices.last { text[$0...].hasPrefix("?versionId=") } ?? text.endIndex
            return .string(percentEncoded(String(text[..<version]), keeping: "/") + text[version...])
        }
        guard let members = source.objectValue else { return source }  // refused by the validator
        guard let bucket = members["Bucket"]?.stringValue, let key = members["Key"]?.stringValue else {
            throw AWSError(.invalidParameter, "CopySource must be a string or an object with Bucket and Key")
        }
        let path = bucket.hasPrefix("arn:") ? "\(bucket)/object/\(key)" : "\(bucket)/\(key)"
        let version = members["VersionId"]?.stringValue.map { "?versionId=" + $0 }
        return .string(percentEncoded(path, keeping: "/") + (version ?? ""))
    }

    /// Keys were asked for percent-encoded, since XML cannot hold every character that a key can.
    private static func decodeKeys(in output: inout JSONObject) {
        for name in ["Delimiter", "Prefix", "StartAfter", "KeyMarker", "NextKeyMarker"] {
            if let text = output[name]?.stringValue { output[name] = .string(percentDecoded(text)) }
        }
        for (list, name) in [
            ("Contents", "Key"), ("Versions", "Key"), ("DeleteMarkers", "Key"), ("CommonPrefixes", "Prefix"),
        ] {
            guard let elements = output[list]?.arrayValue else { continue }
            output[list] = .array(
                elements.map { element in
                    guard var members = element.objectValue, let text = members[name]?.stringValue else {
                        return element
                    }
                    members[name] = .string(percentDecoded(text))
                    return .object(members)
                }
            )
        }
    }
}
