import JSON

/// Adds the URL with which EC2 reads the snapshot in its own region, unless the caller gives one.
func presignCopySnapshot(
    _ input: JSONObject, _ operation: OperationModel, _ client: AWSClient
) async throws -> JSONObject {
    guard input["PresignedUrl"] == nil, let source = input["SourceRegion"]?.stringValue else { return input }
    var copy = input
    copy["PresignedUrl"] = .string(try await copyURL(operation, input, from: source, client))
    copy["DestinationRegion"] = .string(client.configuration.region)
    return copy
}

/// Adds the URL with which RDS reads the original in `SourceRegion`, unless the caller gives one.
///
/// `SourceRegion` is a parameter of the SDKs only.
func presignCopy(_ input: JSONObject, _ operation: OperationModel, _ client: AWSClient) async throws -> JSONObject {
    guard let source = input["SourceRegion"]?.stringValue else { return input }
    var copy = input
    copy["SourceRegion"] = nil
    if copy["PreSignedUrl"] == nil {
        copy["PreSignedUrl"] = .string(try await copyURL(operation, copy, from: source, client))
    }
    return copy
}

/// The same call as a URL for the source's region, which also names the region of the copy.
private func copyURL(
    _ operation: OperationModel, _ input: JSONObject, from source: String, _ client: AWSClient
) async throws -> String {
    var input = input
    input["DestinationRegion"] = nil  // Not a parameter of RDS's model, so it is added to the query.
    return try await client.inRegion(source).presignedURL(
        operation.name, .object(input), adding: [QueryItem("DestinationRegion", client.configuration.region)]
    )
}

extension AWSClient {
    /// A client of the same service with the same settings in another region.
    func inRegion(_ region: String) throws(AWSError) -> AWSClient {
        var configuration = configuration
        configuration.region = region
        return try AWSClient(service, configuration: configuration)
    }
}
