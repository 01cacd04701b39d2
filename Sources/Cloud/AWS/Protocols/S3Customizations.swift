import Basics
import JSON
import Transport

/// What botocore does for S3 beside the model.
enum S3Customizations {
    /// Checks an input and brings it to the form that the model describes.
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

    /// The XML document of a response with status 200.
    ///
    /// S3 may send 200 and then fail: the status becomes 500 when the document is an error or is cut short.
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

    /// Adds the members that the model does not describe, and decodes keys.
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

    /// Takes out the header `Expires` when it is not a timestamp, since objects may have any text there.
    /// - Returns: the response, and the header's text as it came.
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

    /// The header's text for `bucket/key?versionId=…` or an object of `Bucket`, `Key` and `VersionId`.
    private static func copySource(_ source: JSONValue) throws(AWSError) -> JSONValue {
        if let text = source.stringValue {
            let version = text.indices.last { text[$0...].hasPrefix("?versionId=") } ?? text.endIndex
            return .string(percentEncoded(String(text[..<version]), keeping: "/") + text[version...])
        }
        guard let members = source.objectValue else { return source }  // The validator refuses it.
        guard let bucket = members["Bucket"]?.stringValue, let key = members["Key"]?.stringValue else {
            throw AWSError(.invalidParameter, "CopySource must be a string or an object with Bucket and Key")
        }
        let path = bucket.hasPrefix("arn:") ? "\(bucket)/object/\(key)" : "\(bucket)/\(key)"
        let version = members["VersionId"]?.stringValue.map { "?versionId=" + $0 }
        return .string(percentEncoded(path, keeping: "/") + (version ?? ""))
    }

    /// Decodes keys, which were asked for percent-encoded because XML cannot hold every character of a key.
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
