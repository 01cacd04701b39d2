import Basics
import JSON
import Transport

/// What botocore does for S3 beside the model.
extension Customization {
    static var s3: [Customization] {
        [
            .input(change: checkBucketName),
            .input("CopyObject", "CreateMultipartUpload", "PutObject", change: checkMetadata),
            .input(
                "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "GetObject", "HeadObject",
                "PutObject", "UploadPart", "UploadPartCopy"
            ) { input, _ in encodeKey("SSECustomer", in: &input) },
            .input("CopyObject", "UploadPartCopy") { input, _ in encodeKey("CopySourceSSECustomer", in: &input) },
            .input("CopyObject", "UploadPartCopy", change: writeCopySource),
            .input("ListObjects", "ListObjectsV2", "ListObjectVersions") { input, _ in
                if input["EncodingType"] == nil { input["EncodingType"] = "url" }
            },
            .response(change: findFailure),
            .response(change: dropUnreadableExpires),
            .output(change: addExpiresString),
            .output("GetBucketLocation", change: addLocation),
            .output("ListObjects") { output, _, input, _ in
                decodeKeys(in: &output.value, input, ["Delimiter", "Marker", "NextMarker"])
            },
            .output("ListObjectsV2") { output, _, input, _ in
                decodeKeys(in: &output.value, input, ["Delimiter", "Prefix", "StartAfter"])
            },
            .output("ListObjectVersions") { output, _, input, _ in
                decodeKeys(in: &output.value, input, ["Delimiter", "Prefix", "KeyMarker", "NextKeyMarker"])
            },
            .call("GetObject", "GetObjectAnnotation", change: askForChecksum),
            .route(sendToRegionOfBucket),
            .output("GetObject", "GetObjectAnnotation", change: verifyChecksum),
        ]
    }
}

// Inputs

private func checkBucketName(_ input: inout JSONObject, _ operation: OperationModel) throws(AWSError) {
    guard let bucket = input["Bucket"]?.stringValue, !bucket.hasPrefix("arn:") else { return }
    guard (1...255).contains(bucket.utf8.count), isPlain(bucket, and: "._-") else {
        throw AWSError(
            .invalidParameter,
            "Invalid bucket name \"\(bucket)\": 1 to 255 letters, digits, '.', '_' and '-', or an ARN"
        )
    }
}

private func checkMetadata(_ input: inout JSONObject, _ operation: OperationModel) throws(AWSError) {
    for (key, value) in input["Metadata"]?.objectValue ?? [:] {
        guard (key + (value.stringValue ?? "")).utf8.allSatisfy({ $0 < 0x80 }) else {
            throw AWSError(.invalidParameter, "S3 metadata may only contain ASCII characters: \"\(key)\"")
        }
    }
}

/// Encodes a key for encryption and adds its digest, unless the caller has done both.
private func encodeKey(_ prefix: String, in input: inout JSONObject) {
    guard let key = input[prefix + "Key"]?.stringValue, input[prefix + "KeyMD5"] == nil else { return }
    input[prefix + "Key"] = .string(Base64.encode(Array(key.utf8)))
    input[prefix + "KeyMD5"] = .string(Base64.encode(Digest.md5(Array(key.utf8))))
}

/// Writes the header's text for `bucket/key?versionId=…` or an object of `Bucket`, `Key` and `VersionId`.
private func writeCopySource(_ input: inout JSONObject, _ operation: OperationModel) throws(AWSError) {
    guard let source = input["CopySource"] else { return }
    if let text = source.stringValue {
        let version = text.indices.last { text[$0...].hasPrefix("?versionId=") } ?? text.endIndex
        input["CopySource"] = .string(percentEncoded(String(text[..<version]), keeping: "/") + text[version...])
        return
    }
    guard let members = source.objectValue else { return }  // The validator refuses it.
    guard let bucket = members["Bucket"]?.stringValue, let key = members["Key"]?.stringValue else {
        throw AWSError(.invalidParameter, "CopySource must be a string or an object with Bucket and Key")
    }
    let path = bucket.hasPrefix("arn:") ? "\(bucket)/object/\(key)" : "\(bucket)/\(key)"
    let version = members["VersionId"]?.stringValue.map { "?versionId=" + $0 }
    input["CopySource"] = .string(percentEncoded(path, keeping: "/") + (version ?? ""))
}

private func askForChecksum(_ input: JSONObject, _ operation: OperationModel, _ client: AWSClient) -> JSONObject {
    guard input["ChecksumMode"] == nil, !client.configuration.calls.ignoresObjectChecksums else { return input }
    var input = input
    input["ChecksumMode"] = "ENABLED"
    return input
}

// Responses

/// S3 may send 200 and then fail: the status becomes 500 when the document is an error or is cut short.
private func findFailure(_ response: inout WireResponse, _ operation: OperationModel) {
    guard response.status == 200, !response.body.isEmpty, let output = operation.output else { return }
    let shape = operation.graph[output]
    let payload = shape.payload.flatMap(shape.member).map { operation.graph[$0].kind }
    guard payload != .blob, payload != .string else { return }
    guard let root = try? XMLReader.read(response.body), root.name != "Error" else {
        response.status = 500
        return
    }
    response.document = root
}

/// Takes out the header `Expires` when it is not a timestamp, since objects may have any text there.
private func dropUnreadableExpires(_ response: inout WireResponse, _ operation: OperationModel) {
    guard hasExpires(operation), let text = response.headers["Expires"] else { return }
    if Timestamp(wire: .string(text)) == nil { response.headers.remove("Expires") }
}

// Outputs

private func addExpiresString(
    _ output: inout OperationOutput, _ operation: OperationModel, _ input: JSONValue, _ response: WireResponse
) {
    guard hasExpires(operation) else { return }
    output.value["ExpiresString"] = response.headers["Expires"].map(JSONValue.string)
}

private func hasExpires(_ operation: OperationModel) -> Bool {
    operation.output.flatMap { operation.graph[$0].member("Expires") }?.locationName == "Expires"
}

private func addLocation(
    _ output: inout OperationOutput, _ operation: OperationModel, _ input: JSONValue, _ response: WireResponse
) throws(AWSError) {
    let region = try XMLReader.read(response.body).text
    output.value["LocationConstraint"] = region.isEmpty ? .null : .string(region)
}

/// Decodes keys, which were asked for percent-encoded because XML cannot hold every character of a key.
private func decodeKeys(in output: inout JSONObject, _ input: JSONValue, _ names: [String]) {
    guard input["EncodingType"] == nil, output["EncodingType"] == "url" else { return }
    for name in names {
        if let text = output[name]?.stringValue { output[name] = .string(percentDecoded(text)) }
    }
    for (list, name) in [
        ("Contents", "Key"), ("Versions", "Key"), ("DeleteMarkers", "Key"), ("CommonPrefixes", "Prefix"),
    ] {
        guard let elements = output[list]?.arrayValue else { continue }
        output[list] = .array(
            elements.map { element in
                guard var members = element.objectValue, let text = members[name]?.stringValue else { return element }
                members[name] = .string(percentDecoded(text))
                return .object(members)
            }
        )
    }
}

/// Compares an object with the first checksum that S3 has sent with it, when it was asked to send one.
private func verifyChecksum(
    _ output: inout OperationOutput, _ operation: OperationModel, _ input: JSONValue, _ response: WireResponse
) throws(AWSError) {
    guard input["ChecksumMode"] == "ENABLED", let payload = output.payload else { return }
    for algorithm in ["CRC32", "CRC32C", "SHA256", "SHA1"] {
        let header = "x-amz-checksum-" + algorithm.lowercased()
        // The checksum of an object that was uploaded in parts is one of its parts' checksums, and has a hyphen.
        guard let expected = output.headers[header], !expected.utf8.contains(UInt8(ascii: "-")) else { continue }
        guard let found = WireRequest.checksum(of: payload, algorithm).map(Base64.encode) else { continue }
        if found != expected {
            throw AWSError(
                .invalidResponse, "the object was damaged on its way: \(header) is \(expected), its bytes have \(found)"
            )
        }
        output.checksumAlgorithm = algorithm.lowercased()
        return
    }
}
